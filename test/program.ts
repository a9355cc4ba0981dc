/** How `sidekeep` is started: as package.json says, with the same flags for Node. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'

const ROOT = join(import.meta.dirname, '..')

const { scripts } = z
  .object({ scripts: z.object({ sidekeep: z.string().startsWith('node ') }) })
  .parse(JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')))

/** Arguments for Node that start the command line; its own arguments come after them. */
export const SIDEKEEP = scripts.sidekeep
  .split(' ')
  .slice(1)
  .map((word) => (word.startsWith('-') ? word : join(ROOT, word)))
