/** Paths of a phone's files made fit for any computer: names that no system refuses, and none that some systems take for another. */
import { extname } from 'node:path'
import { safeSegment } from '../replica/files.ts'

/**
 * @param names paths in the phone's library.
 * @param taken paths that stand there already.
 * @returns a path for each, in the same order. A file whose name is taken, upper and lower case and ways to write an accent aside,
 *   gets ` (2)` and so on.
 */
export function localPaths(names: readonly string[], taken: readonly string[] = []): string[] {
  const wanted = names.map((name) => name.split('/').map(safeSegment))
  const known = new Set(taken.map(folded))
  // A file must not be called as a folder is, wherever in the list that comes.
  for (const segments of wanted) {
    for (let depth = 1; depth < segments.length; depth++)
      known.add(folded(segments.slice(0, depth).join('/')))
  }
  return wanted.map((segments) => {
    const path = segments.join('/')
    const extension = extname(path)
    const stem = path.slice(0, path.length - extension.length)
    let free = path
    for (let n = 2; known.has(folded(free)); n++) free = `${stem} (${n})${extension}`
    known.add(folded(free))
    return free
  })
}

function folded(path: string): string {
  return path.normalize('NFC').toLowerCase()
}
