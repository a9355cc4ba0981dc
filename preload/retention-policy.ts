/** Which snapshots are kept, as it crosses between the engine and its windows. */
export { RetentionPolicy } from '../main/vault/retention.ts'
