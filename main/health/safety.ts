/** "Am I safe?": a judgement from evidence alone. It never says safe of what is not known. */
import type { DataKind, Reason, Safety, SafetyState } from '../../preload/safety.ts'

/** What is known of one kind of a phone's data. */
export interface KindEvidence {
  kind: DataKind
  /** When the phone, or where its data is read, last told what it has; null when it never did since it was paired. */
  heardAt: number | null
  /** Items here now. */
  here: number
  /** Of these, and of what went, what changed since the newest whole backup. */
  newer: number
  /** Deletions that wait for the owner's word. */
  held: number
}

export interface Evidence {
  /** Milliseconds since 1970, as all times here. */
  now: number
  phones: readonly { id: string; name: string; kinds: readonly KindEvidence[] }[]
  /** When the newest backup was taken into which all went; null when there is none. */
  backedUpAt: number | null
  /** The last check that read all back, or found damage without. */
  check: { at: number; isWhole: boolean } | null
  /** Null when no automatic backups are wanted. `dueAt` lies in the past while one is wanted and was not taken. */
  plan: { dueAt: number } | null
}

const HOUR = 3_600_000
const DAY = 24 * HOUR

/** A phone that is used every day; one on holiday without its computer should not be called lost. */
const SILENT_AFTER = 7 * DAY
/** What is due is made up for by itself after a start; so long it can take. */
const OVERDUE_AFTER = 6 * HOUR
const LONG_OVERDUE_AFTER = 3 * DAY
const CHECK_EVERY = 30 * DAY

const RANK: readonly SafetyState[] = ['danger', 'attention', 'empty', 'safe']

export function judge(evidence: Evidence): Safety {
  const { now, backedUpAt, check, plan } = evidence
  const phones = evidence.phones.map((phone) => {
    const kinds = phone.kinds.map((kind) => judgeKind(kind, evidence))
    const told = kinds.filter(({ state }) => state !== 'empty')
    return { id: phone.id, name: phone.name, state: worst(kinds), safeAt: oldest(told), kinds }
  })
  const reasons = [...reasonsOfAll(evidence), ...evidence.phones.flatMap((phone) => reasonsOf(phone, now))]
  reasons.sort((a, b) => RANK.indexOf(a.state) - RANK.indexOf(b.state))
  const isAnyKnown = phones.some(({ state }) => state !== 'empty')
  return {
    state: reasons[0]?.state ?? (isAnyKnown ? worst(phones) : 'empty'),
    at: now,
    safeAt: oldest(phones.filter(({ state }) => state !== 'empty')),
    backedUpAt,
    checkedAt: check?.at ?? null,
    dueAt: plan?.dueAt ?? null,
    reasons,
    phones,
  }
}

function judgeKind({ kind, heardAt, here, newer, held }: KindEvidence, evidence: Evidence) {
  const { backedUpAt, check, now } = evidence
  const shown = { kind, here, newer, heardAt }
  if (!isKnown({ heardAt, here })) return { ...shown, state: 'empty' as const, safeAt: null }
  // With nothing newer, the backup holds all that the phone told since as well.
  const safeAt =
    backedUpAt === null || heardAt === null ? null : newer === 0 ? heardAt : Math.min(heardAt, backedUpAt)
  const isChecked = check?.isWhole === true && now - check.at <= CHECK_EVERY
  const isFine = safeAt !== null && isChecked && held === 0 && now - safeAt <= SILENT_AFTER
  const isDanger = backedUpAt === null || check?.isWhole === false
  const state: SafetyState = isFine ? 'safe' : isDanger ? 'danger' : 'attention'
  return { ...shown, state, safeAt }
}

function isKnown({ heardAt, here }: Pick<KindEvidence, 'heardAt' | 'here'>): boolean {
  return heardAt !== null || here > 0
}

function reasonsOfAll(evidence: Evidence): Reason[] {
  const { now, phones, backedUpAt, check, plan } = evidence
  if (phones.length === 0) return [reason('no-phone', 'empty')]
  const reasons: Reason[] = []
  const isAnythingKnown = phones.some(({ kinds }) => kinds.some(isKnown))
  if (check?.isWhole === false) reasons.push(reason('damaged', 'danger', { since: check.at }))
  if (backedUpAt === null && isAnythingKnown) reasons.push(reason('no-backup', 'danger'))
  if (plan === null) reasons.push(reason('automatic-off', 'attention'))
  reasons.push(...reasonsOfAge(evidence))
  if (backedUpAt !== null && check === null) reasons.push(reason('never-checked', 'attention'))
  else if (check && now - check.at > CHECK_EVERY)
    reasons.push(reason('check-old', 'attention', { since: check.at }))
  return reasons
}

function reasonsOfAge({ now, phones, backedUpAt, plan }: Evidence): Reason[] {
  if (plan && now - plan.dueAt > OVERDUE_AFTER) {
    const state = now - plan.dueAt > LONG_OVERDUE_AFTER ? 'danger' : 'attention'
    return [reason('overdue', state, { since: plan.dueAt })]
  }
  // The plan itself may be content with less.
  const isNewer = phones.some(({ kinds }) => kinds.some(({ newer }) => newer > 0))
  const isOld = backedUpAt !== null && now - backedUpAt > SILENT_AFTER
  return isOld && isNewer ? [reason('overdue', 'attention', { since: backedUpAt })] : []
}

function reasonsOf({ name, kinds }: Evidence['phones'][number], now: number): Reason[] {
  if (!kinds.some(isKnown)) return [reason('nothing-came', 'attention', { phone: name })]
  const reasons = kinds
    .filter(({ held }) => held > 0)
    .map(({ kind, held }) => reason('deletions-held', 'attention', { phone: name, kind, items: held }))
  for (const { kind, heardAt, here } of kinds) {
    const isSilent = heardAt === null ? here > 0 : now - heardAt > SILENT_AFTER
    if (isSilent) reasons.push(reason('silent', 'attention', { phone: name, kind, since: heardAt }))
  }
  return reasons
}

function reason(code: Reason['code'], state: SafetyState, about: Partial<Reason> = {}): Reason {
  return { code, state, phone: null, kind: null, since: null, items: null, ...about }
}

/** The worst of what is there; `empty` counts only where all is. */
function worst(parts: readonly { state: SafetyState }[]): SafetyState {
  const told = parts.filter(({ state }) => state !== 'empty')
  if (told.length === 0) return 'empty'
  return RANK.find((state) => told.some((part) => part.state === state))!
}

function oldest(parts: readonly { safeAt: number | null }[]): number | null {
  if (parts.length === 0 || parts.some(({ safeAt }) => safeAt === null)) return null
  return Math.min(...parts.map(({ safeAt }) => safeAt!))
}
