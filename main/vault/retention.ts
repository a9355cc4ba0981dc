/** Forget policies: which snapshots are kept and why, by the same rules as restic's `forget`. Pure functions; nothing is deleted here. */
import { z } from 'zod'
import { RetentionPolicy } from '../../preload/retention-policy.ts'
import { Problem } from '../problem.ts'

/** Snapshots that are weighed together: those equal in all of these. */
export type GroupKey = 'host' | 'paths' | 'tags'
export const DEFAULT_GROUPING: readonly GroupKey[] = ['host', 'paths']

/** What of a snapshot matters here. */
export interface Weighable {
  readonly id: string
  /** RFC 3339; the calendar is read in the offset written here. */
  readonly time: string
  readonly hostname?: string | undefined
  readonly paths: readonly string[]
  readonly tags?: readonly string[] | undefined
}

export interface Kept<S> {
  snapshot: S
  /** Each rule that keeps it, as `daily snapshot` or `within 3d`. Never empty. */
  reasons: string[]
}

/** The verdict on one group, newest first. */
export interface GroupVerdict<S> {
  keep: Kept<S>[]
  remove: S[]
}

/** Said of the newest snapshot of a group of which the rules would have kept none. */
export const LAST_OF_GROUP = 'the last one of its group is never removed'

/**
 * Applies the policy to each group by itself. `now` is in milliseconds since 1970: snapshots of the future do not
 * move the start of a `within` span.
 * @throws Problem `bad-input` when the policy is not valid or keeps nothing at all.
 */
export function weigh<S extends Weighable>(
  snapshots: readonly S[],
  policy: RetentionPolicy,
  now: number,
  grouping: readonly GroupKey[] = DEFAULT_GROUPING,
): GroupVerdict<S>[] {
  const rules = rulesOf(parsePolicy(policy))
  return groupSnapshots(snapshots, grouping).map((group) => weighGroup(group, rules, BigInt(now) * MILLI))
}

/** @throws Problem `bad-input` for a policy that is not valid or empty. */
function parsePolicy(input: unknown): RetentionPolicy {
  const parsed = RetentionPolicy.safeParse(input)
  if (!parsed.success) {
    throw new Problem(
      'bad-input',
      `These rules for keeping snapshots are not valid: ${z.prettifyError(parsed.error)}`,
      'Give counts like daily 7, or spans like within 14d.',
    )
  }
  if (rulesOf(parsed.data).isEmpty) {
    throw new Problem(
      'bad-input',
      'These rules would keep no snapshot at all.',
      'Say at least one thing to keep, for example daily 7.',
    )
  }
  return parsed.data
}

export function groupSnapshots<S extends Weighable>(
  snapshots: readonly S[],
  grouping: readonly GroupKey[],
): S[][] {
  const groups = new Map<string, S[]>()
  for (const snapshot of snapshots) {
    const key = JSON.stringify([
      grouping.includes('host') ? (snapshot.hostname ?? '') : null,
      grouping.includes('paths') ? [...snapshot.paths].sort() : null,
      grouping.includes('tags') ? [...(snapshot.tags ?? [])].sort() : null,
    ])
    const group = groups.get(key)
    if (group) group.push(snapshot)
    else groups.set(key, [snapshot])
  }
  return [...groups.values()]
}

// --- Rules

/** Names the calendar period that a moment lies in; `place` is the snapshot's place in its group. */
type Bucket = (moment: Moment, place: number) => string | number

interface BucketRule {
  name: string
  bucket: Bucket
  /** -1 for no limit. */
  count: number
  span?: ParsedSpan
}

interface Rules {
  isEmpty: boolean
  tags: readonly (readonly string[])[]
  within: ParsedSpan | undefined
  buckets: BucketRule[]
}

const BUCKETS = {
  hourly: ({ wall }) => wall.toISOString().slice(0, 13),
  daily: ({ wall }) => wall.toISOString().slice(0, 10),
  weekly: ({ wall }) => isoWeek(wall),
  monthly: ({ wall }) => wall.toISOString().slice(0, 7),
  yearly: ({ wall }) => wall.getUTCFullYear(),
} as const satisfies Record<string, Bucket>

function rulesOf(policy: RetentionPolicy): Rules {
  const buckets: BucketRule[] = []
  const keep = (count: number | undefined, name: string, bucket: Bucket) => {
    if (count) buckets.push({ name, bucket, count })
  }
  const keepWithin = (text: string | undefined, name: string, bucket: Bucket) => {
    const span = parseSpan(text)
    if (span) buckets.push({ name: `${name} within ${span.text}`, bucket, count: -1, span })
  }
  keep(policy.last, 'last snapshot', (_, place) => place)
  keep(policy.hourly, 'hourly snapshot', BUCKETS.hourly)
  keep(policy.daily, 'daily snapshot', BUCKETS.daily)
  keep(policy.weekly, 'weekly snapshot', BUCKETS.weekly)
  keep(policy.monthly, 'monthly snapshot', BUCKETS.monthly)
  keep(policy.yearly, 'yearly snapshot', BUCKETS.yearly)
  keepWithin(policy.withinHourly, 'hourly', BUCKETS.hourly)
  keepWithin(policy.withinDaily, 'daily', BUCKETS.daily)
  keepWithin(policy.withinWeekly, 'weekly', BUCKETS.weekly)
  keepWithin(policy.withinMonthly, 'monthly', BUCKETS.monthly)
  keepWithin(policy.withinYearly, 'yearly', BUCKETS.yearly)
  const within = parseSpan(policy.within)
  const tags = policy.tags ?? []
  return { isEmpty: buckets.length === 0 && !within && tags.length === 0, tags, within, buckets }
}

function weighGroup<S extends Weighable>(group: readonly S[], rules: Rules, now: bigint): GroupVerdict<S> {
  const sorted = group
    .map((snapshot) => ({ snapshot, moment: parseMoment(snapshot) }))
    .sort((a, b) => compare(b.moment.nanos, a.moment.nanos) || compare(a.snapshot.id, b.snapshot.id))
  const newest = sorted.find(({ moment }) => moment.nanos < now)?.moment
  const isWithin = (moment: Moment, span: ParsedSpan) => !newest || moment.nanos > minus(newest, span)
  const states = rules.buckets.map((rule) => ({ rule, left: rule.count, last: undefined as unknown }))

  const verdict: GroupVerdict<S> = { keep: [], remove: [] }
  for (const [place, { snapshot, moment }] of sorted.entries()) {
    const isOldest = place === sorted.length - 1
    const reasons = rules.tags
      .filter((tags) => hasTags(snapshot, tags))
      .map((tags) => `has tags [${tags.join(', ')}]`)
    if (rules.within && isWithin(moment, rules.within)) reasons.push(`within ${rules.within.text}`)
    for (const state of states) {
      const { name, bucket, span } = state.rule
      if (state.left === 0 || (span && !isWithin(moment, span))) continue
      const period = bucket(moment, place)
      // Counts that are left at the end also keep the oldest one, so that the history reaches as far back as it can.
      if (period === state.last && !isOldest) continue
      reasons.push(period === state.last ? `oldest ${name}` : name)
      state.last = period
      if (state.left > 0) state.left--
    }
    if (reasons.length > 0) verdict.keep.push({ snapshot, reasons })
    else verdict.remove.push(snapshot)
  }
  if (verdict.keep.length === 0) {
    verdict.keep.push({ snapshot: verdict.remove.shift()!, reasons: [LAST_OF_GROUP] })
  }
  return verdict
}

function hasTags(snapshot: Weighable, tags: readonly string[]): boolean {
  const own = snapshot.tags ?? []
  if (own.length === 0) return tags[0] === ''
  return tags.every((tag) => own.includes(tag))
}

// --- Time

/** A point in time, exact, and how its clock on the wall read (in the UTC fields of `wall`). */
interface Moment {
  nanos: bigint
  wall: Date
}

interface ParsedSpan {
  text: string
  years: number
  months: number
  days: number
  hours: number
}

const MILLI = 1_000_000n
const RFC3339 = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(?:Z|([+-])(\d\d):(\d\d))$/i

function parseMoment(snapshot: Weighable): Moment {
  const match = RFC3339.exec(snapshot.time)
  const wall = new Date(`${match?.[1]}Z`)
  if (!match || Number.isNaN(wall.getTime())) {
    throw new Problem(
      'vault-damaged',
      `Snapshot ${snapshot.id.slice(0, 8)} has a time that cannot be read: ${snapshot.time}`,
      'Check the vault; no snapshot was removed.',
    )
  }
  const [, , fraction = '', sign = '+', hours = '0', minutes = '0'] = match
  const offset = (Number(hours) * 60 + Number(minutes)) * (sign === '-' ? -60_000 : 60_000)
  const nanos = BigInt(wall.getTime() - offset) * MILLI + BigInt(fraction.padEnd(9, '0'))
  return { nanos, wall }
}

function parseSpan(text: string | undefined): ParsedSpan | undefined {
  const number = (unit: string) => Number(new RegExp(`(\\d+)${unit}`).exec(text ?? '')?.[1] ?? 0)
  const [years, months, days, hours] = [number('y'), number('m'), number('d'), number('h')]
  if (!years && !months && !days && !hours) return undefined
  const part = (count: number, unit: string) => (count ? `${count}${unit}` : '')
  const name = part(years, 'y') + part(months, 'm') + part(days, 'd') + part(hours, 'h')
  return { text: name, years, months, days, hours }
}

/** Years, months and days by the calendar on that wall (31 March less a month is 3 March), hours by the clock. */
function minus({ nanos, wall }: Moment, { years, months, days, hours }: ParsedSpan): bigint {
  const then = new Date(wall)
  then.setUTCFullYear(wall.getUTCFullYear() - years, wall.getUTCMonth() - months, wall.getUTCDate() - days)
  const milliseconds = wall.getTime() - then.getTime() + hours * 3_600_000
  return nanos - BigInt(milliseconds) * MILLI
}

/** ISO 8601 year and week: the week belongs to the year in which its Thursday lies. */
function isoWeek(wall: Date): string {
  const thursday = new Date(wall)
  thursday.setUTCDate(wall.getUTCDate() + 4 - (wall.getUTCDay() || 7))
  const year = thursday.getUTCFullYear()
  const week = Math.ceil(((thursday.getTime() - Date.UTC(year, 0, 1)) / 86_400_000 + 1) / 7)
  return `${year}-W${week}`
}

function compare<T extends bigint | string>(a: T, b: T): number {
  return a < b ? -1 : a > b ? 1 : 0
}
