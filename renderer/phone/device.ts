/** What the browser says about the phone it runs on. */
import type { Platform } from '../../preload/portal.ts'

/** Parts of `navigator` that tell; Chrome names the model only when asked. */
export interface DeviceHints {
  userAgent: string
  maxTouchPoints: number
  userAgentData?: { getHighEntropyValues(hints: string[]): Promise<{ model?: string }> }
}

export function readPlatform({ userAgent, maxTouchPoints }: DeviceHints): Platform {
  if (/iPhone|iPad|iPod/.test(userAgent)) return 'iphone'
  // An iPad says that it is a Mac.
  if (/Macintosh/.test(userAgent) && maxTouchPoints > 1) return 'iphone'
  return /Android/.test(userAgent) ? 'android' : 'other'
}

/** Such as `Pixel 8`; empty when the browser does not tell. At most 80 characters. */
export async function readDevice(hints: DeviceHints): Promise<string> {
  const { userAgent, userAgentData } = hints
  const apple = /iPhone|iPad|iPod/.exec(userAgent)?.[0]
  if (apple) return apple
  const { model = '' } = (await userAgentData?.getHighEntropyValues(['model'])) ?? {}
  const named = model || (/Android [^;)]*; ([^;)]+?)(?: Build\/[^)]*)?\)/.exec(userAgent)?.[1] ?? '')
  // `K` is what Chrome says instead of a model.
  return named === 'K' ? '' : named.slice(0, 80)
}
