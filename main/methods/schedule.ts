/** Methods on automatic backups: when they run, and how they went. */
import type { Plan } from '../../preload/plan.ts'
import { writeSetting } from '../replica/settings.ts'
import { listRuns } from '../schedule/records.ts'
import type { Methods, Tools } from './methods.ts'

const RUNS_SHOWN = 50

export function scheduleMethods(tools: Tools): Pick<Methods, 'schedule.show' | 'schedule.set'> {
  const { replica, scheduler } = tools
  const show = () => {
    const { plan, nextAt } = scheduler.status()
    return { plan, dueAt: nextAt, runs: listRuns(replica, 'backup', RUNS_SHOWN) }
  }
  return {
    'schedule.show': async () => show(),
    'schedule.set': async ({ plan }) => {
      await setPlan(tools, plan)
      return show()
    },
  }
}

/** Sets when backups run, and remembers that this was set, so that the default does not come back. */
export async function setPlan(
  { replica, scheduler }: Pick<Tools, 'replica' | 'scheduler'>,
  plan: Plan | null,
): Promise<void> {
  await scheduler.setPlan(plan)
  await replica.write((tx) => writeSetting(tx, 'schedule_set', 'yes'))
}
