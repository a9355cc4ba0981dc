/** One send from end to end: what the computer holds now, or held at a point, goes back into a source, under a record. */
import type { DataKind, SendReport, Source } from '../links/link.ts'
import { Problem } from '../problem.ts'
import type { Watch } from '../progress.ts'
import type { Phone } from '../replica/phones.ts'
import type { Point } from '../restore/point.ts'
import type { CaptureTools } from './captures.ts'
import { linkOf } from './find-sources.ts'
import { gather } from './gather.ts'
import type { Note } from './runs.ts'
import { findBound, forgetReset } from './sources.ts'

export interface SendOrder {
  source: Source
  /** Whose data. */
  phone: Phone
  point: Point
  /** Left out, all that the source takes. */
  kinds?: readonly DataKind[] | undefined
  /** Names of address books and calendars; left out, those that came from the source, and all where none did. */
  collections?: readonly string[] | undefined
  secrets: Readonly<Record<string, string>>
  /** Only tell what would be done. */
  dryRun: boolean
}

export interface Sent extends SendReport {
  /** How much was to be sent. */
  items: number
  files: number
  bytes: number
}

const MOST_NAMED = 1000
const KINDS = { contacts: 'contacts', calendar: 'calendar', photos: 'files' } as const

/** Waits for what is on. @throws Problem as the link does, `not-allowed` for what the source does not take. */
export function sendToSource(tools: CaptureTools, order: SendOrder, watch: Watch): Promise<Sent> {
  const { replica, runs, links } = tools
  const { source, phone, point, dryRun, collections } = order
  const kinds = writableKinds(source, order.kinds)

  async function send(watched: Watch, note: Note): Promise<Sent> {
    const found = findBound(replica, source.link, source.id)
    const own = found?.phoneId === phone.id ? found : undefined
    const scope = { kinds: kinds.map((kind) => KINDS[kind]), collections }
    const { items, files } = await gather(replica, own, point, scope, watched)
    const bytes = [...items.map((item) => item.bytes.length), ...files.map(({ size }) => size)]
    const wanted = {
      ...{ items: items.length, files: files.length },
      bytes: bytes.reduce((sum, one) => sum + one, 0),
    }
    const what = { phone: phone.name, point: { id: point.id, at: point.at }, kinds, ...wanted }
    note(what)
    const secrets = { ...(await tools.kept.read(source)), ...order.secrets }
    const report = await linkOf(links, source).send(source, { items, files, dryRun, secrets }, watched)
    const { failed, partial = [] } = report
    note({ ...what, ...report, failed: firstOf(failed), partial: firstOf(partial) })
    const isWhole = order.kinds === undefined && collections === undefined && failed.length === 0
    if (own && isWhole && !dryRun) await replica.write((tx) => forgetReset(tx, own.key))
    return { ...report, ...wanted }
  }

  // Nothing is changed by telling what would be done, so that it leaves no record.
  return dryRun
    ? runs.inTurn(() => send(watch, () => undefined))
    : runs.run({ doing: 'send', source, cause: 'manual' }, watch, send)
}

function firstOf<T>(all: readonly T[]): { count: number; named: readonly T[] } {
  return { count: all.length, named: all.slice(0, MOST_NAMED) }
}

/** @throws Problem `not-allowed` for a kind that was asked for and cannot be written, or when none can. */
function writableKinds({ name, abilities }: Source, wanted: readonly DataKind[] | undefined): DataKind[] {
  const all = wanted ?? (['contacts', 'calendar', 'photos'] as const)
  const refused = all.filter((kind) => !abilities[kind].write)
  const [first] = refused
  if (first && (wanted || refused.length === all.length))
    throw new Problem('not-allowed', `Nothing can be sent to “${name}”.`, abilities[first].limit)
  return all.filter((kind) => abilities[kind].write)
}
