/** Names of a vault's files on this computer's file system, which may refuse some and take others for the same. */
import { hasBadBytes, isSafeName, nameBytes } from './node-name.ts'

/** A path on this computer; bytes where a name is not UTF-8. */
export type LocalPath = string | Buffer

const WINDOWS_DEVICE = /^(con|prn|aux|nul|conin\$|conout\$|com[\d¹²³]|lpt[\d¹²³])(\.|$)/i
const WINDOWS_REFUSES = /[<>:"\\|?*\p{Cc}]/gu

/**
 * Gives each name in one folder its local one: the same where the system allows, and never the same twice.
 * @returns undefined for a name that is no single path element, such as `..`.
 */
export function createLocalNames(
  platform: NodeJS.Platform = process.platform,
): (name: string) => string | undefined {
  // Windows and macOS do not tell upper from lower case, nor the ways to write an accent.
  const isStrict = platform !== 'win32' && platform !== 'darwin'
  const taken = new Set<string>()
  return (name) => {
    if (!isSafeName(name)) return undefined
    if (isStrict) return name
    const allowed = platform === 'win32' ? allowedByWindows(name) : withoutBadBytes(name)
    for (let n = 1; ; n++) {
      const candidate = n === 1 ? allowed : numbered(allowed, n)
      const same = candidate.normalize('NFC').toLowerCase()
      if (taken.has(same)) continue
      taken.add(same)
      return candidate
    }
  }
}

/** The path of a name in a folder. */
export function joinLocal(folder: LocalPath, name: string): LocalPath {
  if (typeof folder === 'string' && !hasBadBytes(name)) return `${folder}/${name}`
  return Buffer.concat([Buffer.from(folder), Buffer.from('/'), nameBytes(name)])
}

function allowedByWindows(name: string): string {
  const allowed = withoutBadBytes(name).replace(WINDOWS_REFUSES, '_').replace(/[. ]$/, '_')
  return WINDOWS_DEVICE.test(allowed) ? `_${allowed}` : allowed
}

function withoutBadBytes(name: string): string {
  return name.toWellFormed().replaceAll('\uFFFD', '_')
}

function numbered(name: string, n: number): string {
  const dot = name.lastIndexOf('.')
  return dot > 0 ? `${name.slice(0, dot)} (${n})${name.slice(dot)}` : `${name} (${n})`
}

/**
 * Milliseconds as the seconds that the system's calls take. They cut off what a floating point number is too small for,
 * so that half a microsecond more gives exactly the millisecond that was meant.
 */
export function toSeconds(milliseconds: number): number {
  return (milliseconds + 0.0005) / 1000
}
