/** Gathers what "Am I safe?" is judged from: what phones told, what is here, what backups hold, and what was checked. */
import type { DataKind } from '../../preload/safety.ts'
import { listHeldBack } from '../capture/held-back.ts'
import { type BoundSource, listBound, listMirrors } from '../capture/sources.ts'
import { type CollectionKind, listCollections } from '../replica/collections.ts'
import { listHeld } from '../replica/history.ts'
import { countChangesSince, countItemsAt } from '../replica/items.ts'
import { listServices, type Service } from '../replica/phone-services.ts'
import { listPhones, type Phone } from '../replica/phones.ts'
import type { Replica } from '../replica/replica.ts'
import { readSetting } from '../replica/settings.ts'
import { lastCheck } from './checks.ts'
import type { Evidence, KindEvidence } from './safety.ts'

const KINDS: readonly { kind: DataKind; collection: CollectionKind; services: readonly Service[] }[] = [
  { kind: 'contacts', collection: 'contacts', services: ['contacts'] },
  { kind: 'calendar', collection: 'calendar', services: ['calendar'] },
  { kind: 'photos', collection: 'files', services: ['photos', 'nextcloud'] },
]

/** @param dueAt of the plan; null without one. */
export function gatherEvidence(replica: Replica, dueAt: number | null): Evidence {
  const backup = newestBackup(replica)
  const sources = listBound(replica)
  return {
    now: replica.world.now(),
    phones: listPhones(replica).map((phone) => ({
      id: phone.id,
      name: phone.name,
      kinds: kindsOf(
        replica,
        phone,
        sources.filter(({ phoneId }) => phoneId === phone.id),
        backup?.seq ?? 0,
      ),
    })),
    backedUpAt: backup?.at ?? null,
    check: lastCheck(replica),
    plan: dueAt === null ? null : { dueAt },
  }
}

function newestBackup(replica: Replica) {
  const vaultId = readSetting(replica, 'vault_id')
  return vaultId === undefined ? undefined : listHeld(replica, vaultId)[0]
}

function kindsOf(
  replica: Replica,
  phone: Phone,
  sources: readonly BoundSource[],
  backedUpSeq: number,
): KindEvidence[] {
  const seen = listServices(replica, phone.id)
  const held = sources.flatMap(({ key }) => listHeldBack(replica, key))
  return KINDS.map(({ kind, collection, services }) => {
    const heard = [
      ...seen.filter(({ service }) => services.includes(service)).map(({ seenAt }) => seenAt),
      ...sources.filter(({ key }) => brings(replica, key, kind)).map(({ capturedAt }) => capturedAt),
    ].filter((at) => at !== null)
    const collections = listCollections(replica, phone.id, collection)
    const sum = (count: (id: number) => number) => collections.reduce((all, { id }) => all + count(id), 0)
    return {
      kind,
      heardAt: heard.length > 0 ? Math.max(...heard) : null,
      here: sum((id) => countItemsAt(replica, id, replica.lastSeq())),
      newer: sum((id) => countChangesSince(replica, id, backedUpSeq)),
      held: held.filter((one) => one.kind === kind).length,
    }
  })
}

/** Whether a source was ever seen to have this kind: silence about the others is no news of them. */
function brings(replica: Replica, key: number, kind: DataKind): boolean {
  if (kind !== 'photos') return listMirrors(replica, key).some((mirror) => mirror.kind === kind)
  return replica.statement('SELECT 1 FROM source_files WHERE source = ? LIMIT 1').get(key) !== undefined
}
