/** Reads every file of an iPhone backup: `iphone-reader.ts BACKUP PASSWORD TEMPORARY` prints how many bytes they had, and in what time. */
import { openBackup } from '../../main/links/iphone/backup.ts'
import { readBackupFolder } from '../../main/links/iphone/backup-folder.ts'

const [folder = '', password, temporary = ''] = process.argv.slice(2)
const backup = await openBackup(await readBackupFolder(folder), password, temporary)
const started = performance.now()
let bytes = 0
const damaged = (path: string) => {
  throw new Error(`${path} could not be read`)
}
for (const file of backup.list('CameraRollDomain', 'Media/', damaged)) {
  for await (const chunk of await backup.open(file)) bytes += (chunk as Buffer).length
}
const seconds = (performance.now() - started) / 1000
await backup.close()
console.log(JSON.stringify({ bytes, seconds }))
