/** The method that answers "Am I safe?". */
import { gatherEvidence } from '../health/evidence.ts'
import { judge } from '../health/safety.ts'
import type { Methods, Tools } from './methods.ts'

export function statusMethods({ replica, scheduler }: Tools): Pick<Methods, 'status.show'> {
  return {
    'status.show': async () => judge(gatherEvidence(replica, scheduler.status().dueAt)),
  }
}
