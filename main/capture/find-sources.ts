/** Asks all links for their sources, and notes how things stand with those that belong to a phone. */
import { isDeepStrictEqual } from 'node:util'
import type { Link, Source, SourceState } from '../links/link.ts'
import { Problem } from '../problem.ts'
import { stopIfAsked, type Watch } from '../progress.ts'
import type { Replica, Transaction } from '../replica/replica.ts'
import { listBound, noteInstallation, noteState } from './sources.ts'

const ABSENT: SourceState = {
  code: 'absent',
  sentence: 'It is not here now.',
  next: 'Connect it, or switch it on.',
}

/** The links that have a source which belongs to a phone: only these are asked when nobody wants to know, for asking may start programs. */
export function linksInUse(replica: Replica, links: readonly Link[]): Link[] {
  const used = new Set(listBound(replica).map(({ link }) => link))
  return links.filter(({ kind }) => used.has(kind))
}

/** The sources that can be seen now. A link that fails hides no other; what is known of its sources is noted. */
export async function findSources(
  replica: Replica,
  links: readonly Link[],
  log: (message: string, error: unknown) => void,
  watch: Watch,
): Promise<Source[]> {
  const found = await Promise.all(links.map((link) => findOf(link, log, watch)))
  stopIfAsked(watch)
  const notes: ((tx: Transaction) => void)[] = []
  for (const bound of listBound(replica)) {
    const one = found.find(({ kind }) => kind === bound.link)
    if (!one) continue
    const source = one.sources.find(({ id }) => id === bound.id)
    const state = one.failure ?? source?.state ?? ABSENT
    if (!isDeepStrictEqual(state, bound.state)) notes.push((tx) => noteState(tx, bound, state))
    const installation = source?.installation
    if (installation !== undefined && installation !== bound.installation)
      notes.push((tx) => noteInstallation(tx, bound, installation))
  }
  if (notes.length > 0)
    await replica.write((tx) => {
      for (const note of notes) note(tx)
    })
  return found.flatMap(({ sources }) => sources)
}

/** The link of a source. @throws Problem `not-found` when there is no such link here. */
export function linkOf(links: readonly Link[], { link }: Pick<Source, 'link'>): Link {
  const found = links.find(({ kind }) => kind === link)
  if (found) return found
  throw new Problem('not-found', `There is no link to “${link}” here.`, 'See which there are: sidekeep links')
}

interface Found {
  kind: Link['kind']
  sources: Source[]
  /** Why the link could not look. */
  failure: SourceState | undefined
}

async function findOf(
  link: Link,
  log: (message: string, error: unknown) => void,
  watch: Watch,
): Promise<Found> {
  try {
    return { kind: link.kind, sources: await link.find(watch), failure: undefined }
  } catch (error) {
    if (watch.signal?.aborted) return { kind: link.kind, sources: [], failure: undefined }
    if (!(error instanceof Problem)) log(`The ${link.kind} link could not look for sources`, error)
    return { kind: link.kind, sources: [], failure: stateOf(error) }
  }
}

function stateOf(error: unknown): SourceState {
  if (error instanceof Problem) return { code: error.code, sentence: error.message, next: error.next }
  return { code: 'failed', sentence: 'It could not be looked for.', next: 'The log tells more.' }
}
