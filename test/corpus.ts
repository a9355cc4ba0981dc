/** Real vCards, iCalendars and photos that nobody here wrote, read in place from the folder beside the project. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { describe } from 'vitest'
import { reportMissing } from './missing.ts'

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

/**
 * The samples of one kind, in a fixed order.
 * @throws Error when there is no corpus; `describeCorpus` asks first.
 */
export function corpusFiles(folder: CorpusFolder): CorpusFile[] {
  const top = join(CORPUS, folder)
  return readdirSync(top, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && SAMPLES[folder].test(entry.name))
    .map((entry) => {
      const path = join(entry.parentPath, entry.name)
      return { name: relative(top, path).replaceAll('\\', '/'), path, bytes: () => readFileSync(path) }
    })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
}

/** A suite over the corpus: without the corpus it is skipped by name, and fails where `CI=true`. */
export function describeCorpus(
  title: string,
  folder: CorpusFolder,
  suite: (files: CorpusFile[]) => void,
): void {
  describe(title, () => {
    if (existsSync(join(CORPUS, folder))) return suite(corpusFiles(folder))
    reportMissing(`needs the corpus (${relative(process.cwd(), CORPUS)}), which is not there`)
  })
}
