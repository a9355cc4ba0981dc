/** When automatic backups run, as it crosses between the engine and its windows. */
export { Plan } from '../main/schedule/plan.ts'
