/** Methods on what is being done at this moment. */
import { Problem } from '../problem.ts'
import type { Works } from '../works.ts'
import type { Methods } from './methods.ts'

export function workMethods(works: Works): Pick<Methods, 'work.list' | 'work.stop'> {
  return {
    'work.list': async () => works.list(),
    'work.stop': async ({ work }) => {
      if (works.stop(work)) return works.list()
      throw new Problem('not-found', 'That has ended already.', 'There is nothing left to stop.')
    },
  }
}
