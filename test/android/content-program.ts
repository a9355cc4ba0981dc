/** The stand-in of Android's `content` as a program: the database's file, then what the real one takes. */
import { createContentStandIn, runContent } from './content-stand-in.ts'

const [file, ...args] = process.argv.slice(2)
const { database } = createContentStandIn(file)
database.exec('PRAGMA busy_timeout = 10000')
const { stdout, stderr, exitCode } = runContent(database, args)
process.stdout.write(stdout)
process.stderr.write(stderr)
process.exitCode = exitCode
