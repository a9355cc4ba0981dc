/** The root of a phone: Android's shell and tools, its folders, and stand-ins for its own programs. */
import { execFileSync } from 'node:child_process'
import { copyFile, mkdir, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { contentProgram } from './content-server.ts'

export interface RootSettings {
  /** Programs that build/setup.sh brings. */
  adbd: string
  bwrap: string
  mksh: string
  toybox: string
  /** Where what lies in the phone is kept. */
  home: string
  serial: string
  model: string
  /** Of its adbd. */
  port: number
}

export interface Root {
  /** What is in `/sdcard`. */
  storage: string
  /** What is in `/data`. */
  data: string
  /** Starts adbd in this root. */
  command: string[]
}

/** Makes the folders of a phone, empty as after a reset. */
export async function makeRoot(settings: RootSettings): Promise<Root> {
  const { adbd, bwrap, mksh, toybox, home, serial, model, port } = settings
  const [storage, data, system] = [join(home, 'storage'), join(home, 'data'), join(home, 'system')]
  for (const folder of [storage, join(data, 'local/tmp'), system]) await mkdir(folder, { recursive: true })
  await copyFile(mksh, join(system, 'sh'))
  await copyFile(toybox, join(system, 'toybox'))
  const names = execFileSync(toybox, { encoding: 'utf8' }).split(/\s+/).filter(Boolean)
  for (const name of names) await symlink('toybox', join(system, name))
  const scripts = {
    content: contentProgram(port + 2),
    getprop: `#!/bin/sh\ncase $1 in ro.serialno) echo '${serial}';; ro.product.model) echo '${model}';; *) echo;; esac`,
    settings: '#!/bin/sh\ncase "$*" in "get secure android_id") cat /data/android_id;; *) echo null;; esac',
    am: '#!/bin/sh\ncase $1 in get-current-user) echo 0;; *) echo "$@" >>/data/am.log; echo "Starting: Intent";; esac',
  }
  for (const [name, script] of Object.entries(scripts)) {
    await writeFile(join(system, name), `${script}\n`, { mode: 0o755 })
  }
  const root = [
    ...['--unshare-pid', '--die-with-parent', '--clearenv', '--dev', '/dev', '--proc', '/proc'],
    // What the programs themselves need to start.
    ...['--ro-bind', '/usr', '/usr', '--symlink', 'usr/lib', '/lib', '--symlink', 'usr/lib64', '/lib64'],
    ...['--ro-bind', programsHome(adbd), programsHome(adbd)],
    ...['--ro-bind', system, '/system/bin', '--symlink', 'system/bin', '/bin', '--bind', data, '/data'],
    ...['--bind', storage, '/storage/emulated/0', '--symlink', 'storage/emulated/0', '/sdcard'],
    ...['--tmpfs', '/tmp', '--setenv', 'PATH', '/system/bin', '--setenv', 'ADBD_PORT', String(port)],
  ]
  return { storage, data, command: [bwrap, ...root, adbd] }
}

/** Programs of build/setup.sh have their libraries beside them. */
export function programsHome(program: string): string {
  return dirname(dirname(program))
}
