/** Where data lies when nobody says: the folder that each system has for it. */
import { homedir } from 'node:os'
import { join } from 'node:path'

export function defaultDataFolder(env: NodeJS.ProcessEnv = process.env): string {
  if (env.SIDEKEEP_DATA) return env.SIDEKEEP_DATA
  if (process.platform === 'win32')
    return join(env.APPDATA ?? join(homedir(), 'AppData', 'Roaming'), 'Sidekeep')
  if (process.platform === 'darwin') return join(homedir(), 'Library', 'Application Support', 'Sidekeep')
  return join(env.XDG_DATA_HOME ?? join(homedir(), '.local', 'share'), 'sidekeep')
}
