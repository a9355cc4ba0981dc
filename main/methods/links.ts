/** Methods on links: the phones, backups and accounts that can be read where they are, captures, and the way back. */
import type { Checked, Output } from '../../preload/contract.ts'
import { readableKinds } from '../capture/capture-all.ts'
import { type CaptureResult, type CaptureTools, captureSource } from '../capture/captures.ts'
import { findSources, linkOf } from '../capture/find-sources.ts'
import { listHeldBack } from '../capture/held-back.ts'
import { sendToSource } from '../capture/send.ts'
import { acceptHeldBack } from '../capture/settle.ts'
import { type BoundSource, findBound, listBound, listMirrors, unbindSource } from '../capture/sources.ts'
import type { Source } from '../links/link.ts'
import { Problem } from '../problem.ts'
import type { Watch } from '../progress.ts'
import { findPhone } from '../replica/phones.ts'
import { choosePoint } from '../restore/choose-point.ts'
import { historyPoint } from '../restore/history-point.ts'
import type { Methods, Tools } from './methods.ts'
import { knownPhone } from './phones.ts'

type LinkMethods = Pick<
  Methods,
  | 'links.list'
  | 'links.connect'
  | 'links.capture'
  | 'links.cancel'
  | 'links.send'
  | 'links.accept'
  | 'links.runs'
  | 'links.forget'
>

/** A source as it was found, as it is known, or both. */
interface Known {
  link: Source['link']
  id: string
  name: string
  found: Source | undefined
  bound: BoundSource | undefined
}

export function linkMethods({ replica, ownVault }: Tools, tools: CaptureTools): LinkMethods {
  const { links, runs, kept, log } = tools

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

  function described({ link, id, name, found, bound }: Known): Output<'links.list'>[number] {
    const held = bound ? listHeldBack(replica, bound.key) : []
    const vanished = (bound ? listMirrors(replica, bound.key) : []).filter(
      ({ isPresent, vanishedAt }) => isPresent && vanishedAt !== null,
    )
    const running = runs.running()
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
      vanished: vanished.map(({ kind, displayName, collectionId, vanishedAt }) => ({
        ...{ kind, name: displayName, since: vanishedAt! },
        items: held.filter((one) => one.collectionId === collectionId).length,
      })),
      resetAt: bound?.resetAt ?? null,
      keptSecrets: kept.names({ link, id }),
      running: isRunning
        ? { doing: running.doing, startedAt: running.startedAt, progress: running.progress }
        : null,
      lastRun: runs.list('capture', { link, id }, 1)[0] ?? null,
      lastSend: runs.list('send', { link, id }, 1)[0] ?? null,
    }
  }

  async function acceptAsItIs(source: Source, watch: Watch): Promise<CaptureResult> {
    const order = { source, kinds: readableKinds(source), secrets: await kept.read(source), accept: true }
    return captureSource(tools, { ...order, cause: 'manual', asked: true }, watch)
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
    const { dryRun, kinds, collections, secrets } = input
    const now = () => historyPoint(replica, phone.id, replica.lastSeq(), replica.world.now())
    const point =
      input.at === undefined ? now() : await choosePoint(replica, await ownVault.open(), phone, input.at)
    const sent = await sendToSource(
      tools,
      { source, phone, point, kinds, collections, secrets, dryRun },
      watch,
    )
    return {
      ...{
        ...sent,
        partial: sent.partial ?? [],
        dryRun,
        source: `${source.link}:${source.id}`,
        phone: phone.name,
      },
      point: { id: point.id, at: point.at },
    }
  }

  return {
    'links.list': async (_input, watch) => (await known(watch)).map(described),
    'links.connect': async ({ link: kind, options, secrets, keepSecrets }, watch) => {
      const link = linkOf(links, { link: kind })
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
        ...{ source, phone, accept, cause: 'manual' as const, asked: true },
        kinds: kinds ?? readableKinds(source),
        secrets: { ...(await kept.read(source)), ...secrets },
      }
      const result = await captureSource(tools, order, watch)
      // Only now it is known that they are right.
      if (keepSecrets) await kept.keep(source, secrets)
      const writable = Object.values(source.abilities).some(({ write }) => write)
      return { ...result, source: `${source.link}:${source.id}`, writable }
    },
    'links.cancel': async () => {
      runs.cancel()
      return {}
    },
    'links.send': send,
    'links.accept': async ({ source: wanted }, watch) => {
      const { link, id, found, bound } = await choose(wanted, watch)
      if (!bound)
        throw new Problem('not-found', 'It was never read.', `Read it: sidekeep capture "${wanted}"`)
      const { contacts, calendar } = await runs.inTurn(() => acceptHeldBack(replica, bound, tools.keepBefore))
      // What its link holds back is known only by reading it.
      const read = found?.state.code === 'held' ? await acceptAsItIs(found, watch) : undefined
      return {
        source: `${link}:${id}`,
        phone: findPhone(replica, bound.phoneId)?.name ?? null,
        contacts: contacts + (read?.contacts.gone ?? 0),
        calendar: calendar + (read?.calendar.gone ?? 0),
      }
    },
    'links.runs': async ({ source: wanted, limit }, watch) => {
      const source = await choose(wanted, watch)
      const all = (['capture', 'send'] as const).flatMap((doing) =>
        runs.list(doing, source, limit).map((run) => ({ ...run, doing })),
      )
      return all.sort((a, b) => b.startedAt - a.startedAt).slice(0, limit)
    },
    'links.forget': async ({ source: wanted }, watch) => {
      const { link, id, bound } = await choose(wanted, watch)
      await runs.inTurn(async () => {
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
