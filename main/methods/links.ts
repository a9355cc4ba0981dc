/** Methods on links: the phones, backups and accounts that can be read where they are, captures, and the way back. */
import type { Checked, Output } from '../../preload/contract.ts'
import { type CaptureTools, readableKinds } from '../capture/capture-all.ts'
import { findSources } from '../capture/find-sources.ts'
import { listHeldBack } from '../capture/held-back.ts'
import { gather } from '../capture/send.ts'
import { type BoundSource, findBound, listBound, unbindSource } from '../capture/sources.ts'
import type { DataKind, Link, Source } from '../links/link.ts'
import { Problem } from '../problem.ts'
import type { Watch } from '../progress.ts'
import { findPhone } from '../replica/phones.ts'
import { choosePoint } from '../restore/choose-point.ts'
import { historyPoint } from '../restore/history-point.ts'
import type { Methods, Tools } from './methods.ts'
import { knownPhone } from './phones.ts'

export interface LinkTools extends CaptureTools {
  links: readonly Link[]
}

type LinkMethods = Pick<
  Methods,
  'links.list' | 'links.connect' | 'links.capture' | 'links.cancel' | 'links.send' | 'links.forget'
>

const KINDS = { contacts: 'contacts', calendar: 'calendar', photos: 'files' } as const

/** A source as it was found, as it is known, or both. */
interface Known {
  link: Source['link']
  id: string
  name: string
  found: Source | undefined
  bound: BoundSource | undefined
}

export function linkMethods({ replica, ownVault }: Tools, tools: LinkTools): LinkMethods {
  const { links, captures, kept, log } = tools

  async function known(watch: Watch): Promise<Known[]> {
    const found = await findSources(replica, links, log, watch)
    const bound = listBound(replica)
    const isSame = (one: { link: string; id: string }) => (other: { link: string; id: string }) =>
      one.link === other.link && one.id === other.id
    return [
      ...found.map((one) => ({ ...named(one), found: one, bound: bound.find(isSame(one)) })),
      ...bound
        .filter((one) => !found.some(isSame(one)))
        .map((one) => ({ ...named(one), found: undefined, bound: one })),
    ]
  }

  async function choose(wanted: string, watch: Watch): Promise<Known> {
    return pick(await known(watch), wanted)
  }

  async function chooseFound(wanted: string, watch: Watch): Promise<Source> {
    const { found, name } = await choose(wanted, watch)
    if (found) return found
    throw new Problem('unreachable', `“${name}” is not here now.`, 'Connect it, or switch it on.')
  }

  function linkOf({ link }: Pick<Source, 'link'>): Link {
    const found = links.find(({ kind }) => kind === link)
    if (found) return found
    throw new Problem(
      'not-found',
      `There is no link to “${link}” here.`,
      'See which there are: sidekeep links',
    )
  }

  function described({ link, id, name, found, bound }: Known): Output<'links.list'>[number] {
    const held = bound ? listHeldBack(replica, bound.key) : []
    const running = captures.running()
    const isRunning = running?.link === link && running.id === id
    return {
      ...{ source: `${link}:${id}`, link, name },
      phone: (bound && findPhone(replica, bound.phoneId)?.name) ?? null,
      state: found?.state ?? bound!.state,
      since: bound?.since ?? null,
      abilities: found?.abilities ?? null,
      capturedAt: bound?.capturedAt ?? null,
      heldBack: {
        contacts: held.filter(({ kind }) => kind === 'contacts').length,
        calendar: held.filter(({ kind }) => kind === 'calendar').length,
        since: held.length > 0 ? Math.min(...held.map(({ heldAt }) => heldAt)) : null,
      },
      keptSecrets: kept.names({ link, id }),
      running: isRunning ? { startedAt: running.startedAt, progress: running.progress } : null,
      lastRun: captures.lastRun({ link, id }),
    }
  }

  async function send(input: Checked<'links.send'>, watch: Watch): Promise<Output<'links.send'>> {
    const source = await chooseFound(input.source, watch)
    const bound = findBound(replica, source.link, source.id)
    const phoneName = input.phone ?? bound?.phoneId
    if (phoneName === undefined) {
      throw new Problem(
        'bad-input',
        `“${source.name}” belongs to no phone yet.`,
        'Say whose data is to be sent there, with the phone’s name.',
      )
    }
    const phone = knownPhone(replica, phoneName)
    const kinds = writableKinds(source, input.kinds).map((kind) => KINDS[kind])
    const now = () => historyPoint(replica, phone.id, replica.lastSeq(), replica.world.now())
    const point =
      input.at === undefined ? now() : await choosePoint(replica, await ownVault.open(), phone, input.at)
    const own = bound?.phoneId === phone.id ? bound : undefined
    const scope = { kinds, collections: input.collections }
    const { items, files } = await gather(replica, own, point, scope, watch)
    const secrets = { ...(await kept.read(source)), ...input.secrets }
    const { dryRun } = input
    const report = await captures.inTurn(() =>
      linkOf(source).send(source, { items, files, dryRun, secrets }, watch),
    )
    const bytes = [...items.map((item) => item.bytes.length), ...files.map(({ size }) => size)]
    return {
      ...{ ...report, dryRun, source: `${source.link}:${source.id}`, phone: phone.name },
      point: { id: point.id, at: point.at },
      ...{ items: items.length, files: files.length, bytes: bytes.reduce((sum, one) => sum + one, 0) },
    }
  }

  return {
    'links.list': async (_input, watch) => (await known(watch)).map(described),
    'links.connect': async ({ link: kind, options, secrets, keepSecrets }, watch) => {
      const link = linkOf({ link: kind })
      if (!link.connect) {
        throw new Problem(
          'bad-input',
          'What this link can read is found by itself.',
          'Plug it in and see: sidekeep links',
        )
      }
      const found = await link.connect(options, secrets, watch)
      if (keepSecrets) await kept.keep(found, secrets)
      return described({ ...named(found), found, bound: findBound(replica, found.link, found.id) })
    },
    'links.capture': async ({ source: wanted, phone, kinds, secrets, keepSecrets, accept }, watch) => {
      const source = await chooseFound(wanted, watch)
      const order = {
        ...{ source, phone, accept, cause: 'manual' as const },
        kinds: kinds ?? readableKinds(source),
        secrets: { ...(await kept.read(source)), ...secrets },
      }
      const result = await captures.run(order, watch)
      // Only now it is known that they are right.
      if (keepSecrets) await kept.keep(source, secrets)
      return { ...result, source: `${source.link}:${source.id}` }
    },
    'links.cancel': async () => {
      captures.cancel()
      return {}
    },
    'links.send': send,
    'links.forget': async ({ source: wanted }, watch) => {
      const { link, id, bound } = await choose(wanted, watch)
      await captures.inTurn(async () => {
        await links.find(({ kind }) => kind === link)?.disconnect?.(id)
        await kept.forget({ link, id })
        if (bound) await replica.write((tx) => unbindSource(tx, bound.key))
      })
      return {
        source: `${link}:${id}`,
        phone: (bound && findPhone(replica, bound.phoneId)?.name) ?? null,
      }
    },
  }
}

function named({ link, id, name }: Pick<Source, 'link' | 'id' | 'name'>) {
  return { link, id, name }
}

/** @param wanted `link:id`, an id, or a name (case aside). */
function pick(all: readonly Known[], wanted: string): Known {
  const exact = all.filter(({ link, id }) => wanted === `${link}:${id}` || wanted === id)
  const matching =
    exact.length > 0 ? exact : all.filter(({ name }) => name.toLowerCase() === wanted.toLowerCase())
  const [only] = matching
  if (only && matching.length === 1) return only
  if (only) {
    const names = matching.map(({ link, id }) => `${link}:${id}`).join(', ')
    throw new Problem('bad-input', `Several are called “${wanted}”.`, `Choose one of ${names}.`)
  }
  const names = all.map(({ name }) => `“${name}”`).join(', ')
  throw new Problem(
    'not-found',
    `There is no “${wanted}” here.`,
    names === '' ? 'Plug in a phone, or connect an account.' : `These are known: ${names}.`,
  )
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
