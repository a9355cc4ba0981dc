/** A plan in numbers and names, for a person to judge before anything happens. */
import type { CollectionPlan, Plan } from './plan.ts'

const EXAMPLES = 20

export type Counts = { add: number; revert: number; unchanged: number; onlyOnPhone: number }

/** What `preview` returns; plain data, as it crosses to windows and the command line. */
export type Preview = ReturnType<typeof previewOf>

export function previewOf(plan: Plan) {
  const collections = plan.collections.map(previewCollection)
  const totals: Counts = { add: 0, revert: 0, unchanged: 0, onlyOnPhone: 0 }
  for (const one of collections) {
    for (const key of Object.keys(totals) as (keyof Counts)[]) totals[key] += one[key]
  }
  const { id, at } = plan.point
  return {
    point: { id, at },
    mode: plan.mode,
    collections,
    newCollections: plan.newCollections.map(({ kind, name, displayName }) => ({ kind, name, displayName })),
    totals,
  }
}

function previewCollection({ point, add, revert, unchanged, onlyOnPhone }: CollectionPlan) {
  const { kind, name, displayName } = point.saved
  const some = (names: string[]) => names.slice(0, EXAMPLES)
  return {
    kind,
    name,
    displayName,
    add: add.length,
    revert: revert.length,
    unchanged,
    onlyOnPhone: onlyOnPhone.length,
    examples: {
      add: some(add.map((item) => item.name)),
      revert: some(revert.map(({ now }) => now.name)),
      onlyOnPhone: some(onlyOnPhone.map((item) => item.name)),
    },
  }
}

/** Bytes that applying the plan will bring back. */
export function bytesOf(plan: Plan): { items: number; bytes: number } {
  let items = 0
  let bytes = 0
  for (const { add, revert } of plan.collections) {
    const back = plan.mode === 'exact' ? [...add, ...revert.map(({ then }) => then)] : add
    items += back.length
    for (const item of back) bytes += item.size
  }
  return { items, bytes }
}
