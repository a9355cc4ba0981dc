/**
 * What a window (or the command line) and the engine say to each other, whatever carries it: calls, each with progress and one answer,
 * and events. The contract says what a call takes and gives.
 */
import { z } from 'zod'
import { contract, type Method } from './contract.ts'
import { type EventName, events } from './events.ts'
import { problemSchema } from './problem.ts'
import { progressSchema } from './progress.ts'

/** Chosen by the caller; an answer carries the same. */
const call = z.number().int().nonnegative()

export const requestSchema = z.union([
  z.strictObject({
    call,
    method: z.enum(Object.keys(contract) as [Method, ...Method[]]),
    input: z.unknown(),
  }),
  /** Asks the call to stop; it is answered all the same. */
  z.strictObject({ stop: call }),
])
export type Request = z.infer<typeof requestSchema>

export const replySchema = z.union([
  z.strictObject({ call, progress: progressSchema }),
  z.strictObject({ call, result: z.unknown() }),
  z.strictObject({ call, problem: problemSchema }),
  /** A mistake of the engine's own; what it was is in its log. */
  z.strictObject({ call, broken: z.literal(true) }),
  z.strictObject({
    event: z.enum(Object.keys(events) as [EventName, ...EventName[]]),
    payload: z.unknown(),
  }),
])
export type Reply = z.infer<typeof replySchema>

/** A way for messages, in order, to one other side. What comes in is checked by who receives it. */
export interface Carrier {
  send(message: Request | Reply): void
  /** @param message hears each; @param lost hears once that no more will come. */
  listen(message: (message: unknown) => void, lost: () => void): void
  close(): void
}
