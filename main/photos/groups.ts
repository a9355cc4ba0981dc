/** Puts things together that belong together, in any order and through others (disjoint sets with path halving). */

export interface Groups {
  join(a: number, b: number): void
  /** The numbers of each group, in rising order; groups by their first. */
  list(): number[][]
}

/** @param count of the things, which are numbered from 0 and at first each by itself. */
export function createGroups(count: number): Groups {
  const parents = Int32Array.from({ length: count }, (_, n) => n)

  function leaderOf(n: number): number {
    let at = n
    while (parents[at] !== at) {
      parents[at] = parents[parents[at]!]!
      at = parents[at]!
    }
    return at
  }

  return {
    join(a, b) {
      const [one, other] = [leaderOf(a), leaderOf(b)]
      // The first leads, so that a group stands where its first stood.
      parents[Math.max(one, other)] = Math.min(one, other)
    },
    list() {
      const groups = new Map<number, number[]>()
      for (let n = 0; n < count; n++) {
        const leader = leaderOf(n)
        const group = groups.get(leader)
        if (group) group.push(n)
        else groups.set(leader, [n])
      }
      return [...groups.values()]
    },
  }
}
