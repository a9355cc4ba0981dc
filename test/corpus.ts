/** Real vCards, iCalendars and photos that nobody here wrote, read in place from the folder beside the project. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { describe, it } from 'vitest'

const CORPUS = join(import.meta.dirname, '..', '..', 'shared', 'corpus')

export type CorpusFolder = 'vcards' | 'icalendars' | 'photos'

export interface CorpusFile {
  /** Path below the corpus folder, with `/` between; names the file in titles and messages. */
  name: string
  /** Absolute path. */
  path: string
  bytes(): Buffer
}

// Beside the samples lie licence texts.
const SAMPLES: Record<CorpusFolder, RegExp> = { vcards: /\.vcf$/i, icalendars: /\.ics$/i, photos: /./ }

/** The samples of one kind, in a fixed order; none where there is no corpus. */
export function corpusFiles(folder: CorpusFolder): CorpusFile[] {
  const top = join(CORPUS, folder)
  if (!existsSync(top)) return []
  return readdirSync(top, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && SAMPLES[folder].test(entry.name))
    .map((entry) => {
      const path = join(entry.parentPath, entry.name)
      return { name: relative(top, path).replaceAll('\\', '/'), path, bytes: () => readFileSync(path) }
    })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
}

/** A suite over the corpus: skipped by name without it, in CI too, as it is no part of the project and no set-up can bring it. */
export function describeCorpus(
  title: string,
  folder: CorpusFolder,
  suite: (files: CorpusFile[]) => void,
): void {
  describe(title, () => {
    const files = corpusFiles(folder)
    if (files.length > 0) return suite(files)
    it.skip(`needs the corpus (${relative(process.cwd(), CORPUS)}), which is not there`)
  })
}
