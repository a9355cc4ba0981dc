/** What a person has to do before a phone lets us in, by the ADB server's word for its state. */
import type { SourceState } from '../link.ts'

const READY: SourceState = { code: 'ready', sentence: 'The phone is connected.', next: '' }

const STATES: Record<string, SourceState> = {
  device: READY,
  unauthorized: {
    code: 'unauthorised',
    sentence: 'The phone has not allowed this computer yet.',
    next: 'Unlock the phone and tap Allow in its question about USB debugging.',
  },
  authorizing: {
    code: 'unauthorised',
    sentence: 'The phone is just deciding whether it allows this computer.',
    next: 'Wait a moment; unlock the phone and tap Allow if it asks.',
  },
  offline: {
    code: 'offline',
    sentence: 'The phone does not answer.',
    next: 'Unlock it, then unplug it and plug it in again, or switch its Wi-Fi debugging off and on.',
  },
  'no permissions': {
    code: 'no-permission',
    sentence: 'This computer’s system does not let us use the phone’s cable.',
    next: 'On Linux, install the package android-sdk-platform-tools-common, then plug the phone in again.',
  },
}

const WRONG_MODES = new Set(['recovery', 'sideload', 'bootloader', 'rescue', 'host'])

/** @param state as in `adb devices`, such as `device` or `no permissions (…)`. */
export function stateOf(state: string): SourceState {
  const known = STATES[state] ?? Object.entries(STATES).find(([word]) => state.startsWith(`${word} `))?.[1]
  if (known) return known
  if (WRONG_MODES.has(state)) {
    return {
      code: 'wrong-mode',
      sentence: 'The phone has not started its usual system.',
      next: 'Start it again, unlock it, and wait until its home screen is there.',
    }
  }
  return {
    code: 'connecting',
    sentence: 'The phone is being connected.',
    next: 'Wait a moment; if nothing happens, unplug it and plug it in again.',
  }
}
