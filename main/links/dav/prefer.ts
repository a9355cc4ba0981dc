/** The preference for short answers: `Prefer: return=minimal` (RFC 8144) and its elder, `Brief: t`. */
import type { IncomingMessage } from 'node:http'

export function wantsMinimal({ headers }: IncomingMessage): boolean {
  return (
    /\breturn="?minimal\b/i.test(String(headers.prefer ?? '')) || /^t$/i.test(String(headers.brief ?? ''))
  )
}

/** The header that tells the client its preference was followed. */
export function preferenceApplied(minimal: boolean): Record<string, string> {
  return minimal ? { 'Preference-Applied': 'return=minimal' } : {}
}
