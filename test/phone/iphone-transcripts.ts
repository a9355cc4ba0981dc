/**
 * What libimobiledevice's programs say, replayed: fake executables in a folder for `PATH`, which print transcripts put together from the
 * sources of idevicebackup2 1.3, 1.4 and later. No phone is behind them: that the words are right, tests with the real programs show.
 */
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import type { Tool } from '../../main/links/iphone/connected/tools.ts'

/** By the program, a shell script that sees the arguments. */
export type Scripts = Partial<Record<Tool, string>>

export interface FakeTools {
  env: NodeJS.ProcessEnv
  /** Changes what a program does from now on. */
  set(scripts: Scripts): void
  /** Every call since the last look: the program and its arguments. */
  calls(): string[]
}

export function fakeTools(folder: string, scripts: Scripts): FakeTools {
  mkdirSync(folder, { recursive: true })
  const log = join(folder, 'calls')
  writeFileSync(log, '')
  const tools: FakeTools = {
    env: { ...process.env, PATH: `${folder}${delimiter}${process.env.PATH}` },
    set(changed) {
      for (const [name, script] of Object.entries(changed)) {
        const path = join(folder, name)
        writeFileSync(path, `#!/bin/sh\necho "${name} $*" >> '${log}'\n${script}\n`)
        chmodSync(path, 0o755)
      }
    },
    calls() {
      const lines = readFileSync(log, 'utf8').split('\n').slice(0, -1)
      writeFileSync(log, '')
      return lines
    },
  }
  tools.set(scripts)
  return tools
}

/** A phone that is there and trusts the computer. @param encrypts what it says of its backups. */
export function trustedPhone(udid: string, name: string, encrypts: boolean): Scripts {
  return {
    idevice_id: `echo ${udid}`,
    ideviceinfo: `case "$*" in *DeviceName*) echo '${name}' ;; *WillEncrypt*) echo ${encrypts} ;; esac`,
    idevicepair: `echo 'SUCCESS: Validated pairing with device ${udid}'`,
  }
}

const STARTED = `Backup directory is "backups"
Started "com.apple.mobilebackup2" service on port 50123.
Negotiated Protocol Version 2.1
Starting backup...
Backup will be encrypted.
Requesting backup from device...
Incremental backup mode.`

const ended = (last: string, files: number) => `Received ${files} files from device.\n${last}\n`

/** As 1.3 and 1.4 tell their progress; the newest has four lines that it paints over. */
export const TRANSCRIPTS = {
  old: `${STARTED}
Sending 'Status.plist' (189 Bytes)
\r[=========================                         ]  50% (1.2 MB/2.4 MB)     \r[==================================================] 100% (2.4 MB/2.4 MB)     
\r[======                                            ]  12% Finished
Receiving files
\r[==================================================] 100% (7.1 MB/7.1 MB)     
\r[=============================================     ]  90% Finished
Moving 12 files
\r[==================================================] 100% Finished
${ended('Backup Successful.', 14)}`,
  new: `${STARTED}
*** Waiting for passcode to be entered on the device ***
\n\n\n\x1b[s\x1b[u\x1b[1A\x1b[1A\x1b[1A\x1b[2K\x1b[1GBackup     [###...........................]  12%
\x1b[2K\x1b[1GReceiving  Manifest.db
\x1b[2K\x1b[1G           [=======>                      ]  25.0%   1.2 MB / 4.8 MB     
\x1b[2K\x1b[1GStatus     Receiving files\x1b[s\x1b[u\x1b[1A\x1b[1A\x1b[1A\x1b[2K\x1b[1GBackup     [##############################] 100%
${ended('Backup Successful.', 14)}`,
  noPasscode: `${STARTED}
*** Waiting for passcode to be entered on the device ***
ErrorCode 208: Device locked (MBErrorDomain/208)
${ended('Backup Failed (Error Code 208).', 0)}`,
  diskFull: `${STARTED}
ErrorCode 105: Insufficient free disk space on drive to back up (MBErrorDomain/105)
${ended('Backup Failed (Error Code 105).', 0)}`,
  stoppedOnPhone: `${STARTED}
User has cancelled the backup process on the device.
${ended('Backup Aborted.', 3)}`,
  unplugged: `${STARTED}
\r[======                                            ]  12% Finished
ERROR: Could not receive from mobilebackup2 (-4)
${ended('Backup Aborted.', 3)}`,
  refused: `${STARTED}
ERROR: Could not start backup process: device refused to start the backup process.
`,
} as const

/** Prints a transcript as one program does. */
export function say(transcript: string): string {
  return `cat <<'END-OF-TRANSCRIPT'\n${transcript}\nEND-OF-TRANSCRIPT`
}
