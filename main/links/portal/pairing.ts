/**
 * Pairing: a one-time secret shown on the computer, a browser that claims it, a check code on both sides, and the owner's word on the
 * computer. Everything here is in memory only; who restarts Sidekeep in between pairs anew.
 */
import { createHmac } from 'node:crypto'
import type { Platform } from '../../../preload/portal.ts'
import { createFailureLimit } from '../../http/failure-limit.ts'
import { type CodeShape, makePrintedCode, readPrintedCode } from '../../printed-code.ts'
import { Problem } from '../../problem.ts'
import { hashSecret } from '../../secret-hash.ts'
import type { World } from '../../world.ts'

/** What became of a pairing. `confirmed` is the moment between the owner's word and the phone's being stored. */
export type PairingState = 'waiting' | 'claimed' | 'confirmed' | 'paired' | 'refused' | 'expired' | 'locked'

/** What a browser says of the device it runs on. */
export interface Device {
  platform: Platform
  /** Such as `Pixel 8`; may be empty. */
  name: string
}

/** The phone that came of a pairing. */
export interface PairedResult {
  phone: { id: string; name: string; user: string }
  /** It was paired before, and what it had can be brought back. */
  wasReset: boolean
  /** The secret of its browser's session. */
  session: string
}

export interface Pairing {
  readonly id: string
  readonly state: PairingState
  /** The one-time secret as it is printed; whoever has it can claim. */
  readonly secret: string
  readonly expiresAt: number
  /** The device that claimed it, and the six digits that both sides show. */
  readonly claim: { device: Device; code: string } | null
  /** How many other browsers came with the same secret: someone saw it. */
  readonly others: number
  readonly result: PairedResult | null
}

export interface Pairings {
  /** @throws Problem `busy` when too many wait already. */
  start(): Pairing
  /** @throws Problem `not-found` when it never was, or is long over. */
  show(id: string): Pairing
  /**
   * Uses a secret. The browser that has claimed it already hears the same again.
   * @param browser the secret of the browser's pairing cookie, when it has one.
   * @param address where the request comes from, for the limit on guesses.
   * @throws Problem `too-many-tries`, `bad-input` for what is no code, `not-allowed` for one that is wrong, used or over.
   */
  claim(secret: string, browser: string | undefined, device: Device, address: string): Claimed
  /** The pairing that this browser claimed. */
  ofBrowser(browser: string): Pairing | undefined
  /**
   * The owner's word that both sides show the same code.
   * @param pair stores the phone; when it fails, the pairing is as before.
   * @throws Problem `not-allowed` when no device has claimed it, or it is over.
   */
  confirm(id: string, pair: (device: Device) => Promise<PairedResult>): Promise<Pairing>
  /** Ends it, whatever it waits for. @throws Problem `not-allowed` when the phone is paired. */
  refuse(id: string): Pairing
}

export interface Claimed {
  pairing: Pairing
  /** The secret for the browser's pairing cookie. */
  browser: string
}

// 130 bits, and a checksum that tells a typing error from a guess.
const SECRET_SHAPE: CodeShape = { secret: 26, check: 2 }
const CLAIM_WITHIN = 10 * 60_000
const CONFIRM_WITHIN = 5 * 60_000
/** How long a paired phone's browser may take to fetch its session, as when its Wi-Fi is away for a moment. */
const COLLECT_WITHIN = 10 * 60_000
/** How long the computer can ask what became of it. */
const REMEMBERED_FOR = 60 * 60_000
const MOST_WRONG = 5
const MOST_OPEN = 10
const MOST_FAILURES = 10
const FAILURE_WINDOW = 10 * 60_000

interface Kept {
  id: string
  secret: string
  secretHash: string
  state: PairingState
  expiresAt: number
  wrong: number
  others: number
  claim: { device: Device; code: string; browserHash: string } | null
  result: PairedResult | null
}

/** @param log hears of guesses, without secrets. */
export function createPairings(world: World, log: (line: string) => void): Pairings {
  const records = new Map<string, Kept>()
  const limit = createFailureLimit(() => world.now(), MOST_FAILURES, FAILURE_WINDOW)

  /** The records as they are now: what has run out is marked, what is long over is forgotten. */
  function current(): Kept[] {
    for (const record of records.values()) {
      const { state, expiresAt, id } = record
      if ((state === 'waiting' || state === 'claimed') && expiresAt <= world.now()) record.state = 'expired'
      if (state !== 'confirmed' && expiresAt + REMEMBERED_FOR <= world.now()) records.delete(id)
    }
    return [...records.values()]
  }

  function find(id: string): Kept {
    const record = current().find((one) => one.id === id)
    if (record) return record
    throw new Problem('not-found', 'There is no such pairing.', 'Start a new one.')
  }

  function wrongGuess(address: string): Problem {
    limit.failed(address)
    const waiting = current().filter(({ state }) => state === 'waiting')
    for (const record of waiting) {
      record.wrong++
      if (record.wrong >= MOST_WRONG) record.state = 'locked'
    }
    const locked = waiting.some(({ state }) => state === 'locked')
    log(
      `A wrong pairing code came from ${address}${locked ? '; the code that was shown is locked now' : ''}.`,
    )
    return new Problem(
      'not-allowed',
      'This is not the code that the computer shows.',
      'Scan the one that it shows now, or type it in again.',
    )
  }

  function claimNow(record: Kept, device: Device): string {
    const browser = world.random(32).toString('base64url')
    record.state = 'claimed'
    record.expiresAt = world.now() + CONFIRM_WITHIN
    record.claim = { device, code: checkCode(record.secret, browser), browserHash: hashSecret(browser) }
    return browser
  }

  return {
    start() {
      const open = current().filter(({ state }) => state === 'waiting' || state === 'claimed')
      if (open.length >= MOST_OPEN)
        throw new Problem('busy', 'Too many pairings wait already.', 'Finish one, or wait ten minutes.')
      const secret = makePrintedCode(world.random, SECRET_SHAPE)
      const record: Kept = {
        ...{ id: world.random(8).toString('hex'), secret, secretHash: hashSecret(secret) },
        ...{ state: 'waiting', expiresAt: world.now() + CLAIM_WITHIN, wrong: 0, others: 0 },
        ...{ claim: null, result: null },
      }
      records.set(record.id, record)
      return record
    },

    show: find,

    claim(typed, browser, device, address) {
      const wait = limit.secondsToWait(address)
      if (wait > 0) throw tooManyTries(wait)
      const secret = readPrintedCode(typed, SECRET_SHAPE)
      if (secret === undefined) {
        limit.failed(address)
        throw new Problem('bad-input', 'This code is mistyped.', 'Compare it with the computer’s screen.')
      }
      const record = current().find(({ secretHash }) => secretHash === hashSecret(secret))
      if (!record) throw wrongGuess(address)
      if (record.state === 'waiting')
        return { pairing: record, browser: claimNow(record, { ...device, name: shown(device.name) }) }
      const again = browser !== undefined && record.claim?.browserHash === hashSecret(browser)
      if (again && record.state !== 'expired') return { pairing: record, browser }
      if (record.state === 'claimed') {
        record.others++
        log(`A second browser, at ${address}, came with a pairing code that is in use.`)
      }
      throw codeIsOver(record.state)
    },

    ofBrowser(browser) {
      const hash = hashSecret(browser)
      const record = current().find(({ claim }) => claim?.browserHash === hash)
      const isOver = record?.state === 'paired' && record.expiresAt <= world.now()
      return isOver ? undefined : record
    },

    async confirm(id, pair) {
      const record = find(id)
      if (record.state !== 'claimed' || !record.claim) throw notToBeConfirmed(record.state)
      record.state = 'confirmed'
      try {
        record.result = await pair(record.claim.device)
      } catch (error) {
        record.state = 'claimed'
        throw error
      }
      record.state = 'paired'
      record.expiresAt = world.now() + COLLECT_WITHIN
      return record
    },

    refuse(id) {
      const record = find(id)
      if (record.state === 'confirmed' || record.state === 'paired') {
        throw new Problem(
          'not-allowed',
          'This phone is paired by now.',
          'Take its password away instead: sidekeep phones remove.',
        )
      }
      if (record.state === 'waiting' || record.state === 'claimed') record.state = 'refused'
      return record
    },
  }
}

/** Six digits that follow from what both sides had to have: the shown secret, and the chance that the claim was given. */
function checkCode(secret: string, browser: string): string {
  const number = createHmac('sha256', secret).update(browser).digest().readUInt32BE(0) % 1_000_000
  return String(number).padStart(6, '0')
}

// It is shown on the computer, in a terminal even: no control characters, no turned writing direction.
function shown(device: string): string {
  return device
    .replace(/[\p{C}\s]+/gu, ' ')
    .trim()
    .slice(0, 60)
}

function tooManyTries(seconds: number): Problem {
  const minutes = Math.ceil(seconds / 60)
  return new Problem(
    'too-many-tries',
    'There were too many wrong codes from this device.',
    `Wait ${minutes === 1 ? 'a minute' : `${minutes} minutes`}, then start a new pairing on the computer.`,
  )
}

const NEW_ONE = 'Start a new one on the computer: sidekeep pair.'

function codeIsOver(state: PairingState): Problem {
  if (state === 'expired') return new Problem('not-allowed', 'This code has run out.', NEW_ONE)
  if (state === 'locked')
    return new Problem('not-allowed', 'This code was locked after too many wrong tries.', NEW_ONE)
  return new Problem('not-allowed', 'This code was used already.', NEW_ONE)
}

function notToBeConfirmed(state: PairingState): Problem {
  if (state === 'waiting')
    return new Problem('not-allowed', 'No phone has come with this code yet.', 'Scan it with the phone.')
  return new Problem('not-allowed', `This pairing is over: it is ${state}.`, NEW_ONE)
}
