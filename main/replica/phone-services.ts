/** What the apps of each phone came for since it was paired last, and when. */
import type { Reader, Transaction } from './replica.ts'

export type Service = 'contacts' | 'calendar' | 'photos' | 'nextcloud'

export interface SeenService {
  service: Service
  /** The first and the last request; null when there was none. */
  since: number | null
  seenAt: number | null
  /** Name of the program, as far as it says. */
  client: string | null
}

const SERVICES: readonly Service[] = ['contacts', 'calendar', 'photos', 'nextcloud']

export function noteService(
  tx: Transaction,
  phoneId: string,
  service: Service,
  at: number,
  client: string | null,
): void {
  tx.statement(
    `INSERT INTO phone_services (phone_id, service, first_seen_at, last_seen_at, client) VALUES (?1, ?2, ?3, ?3, ?4)
     ON CONFLICT DO UPDATE SET last_seen_at = ?3, client = coalesce(?4, client)`,
  ).run(phoneId, service, at, client)
}

/** All services, in a fixed order. */
export function listServices(reader: Reader, phoneId: string): SeenService[] {
  const rows = reader
    .statement('SELECT service, first_seen_at, last_seen_at, client FROM phone_services WHERE phone_id = ?')
    .all(phoneId)
    .map((row) => ({
      service: row.service as Service,
      since: Number(row.first_seen_at),
      seenAt: Number(row.last_seen_at),
      client: row.client === null ? null : String(row.client),
    }))
  const never = { since: null, seenAt: null, client: null }
  return SERVICES.map((service) => rows.find((row) => row.service === service) ?? { service, ...never })
}

/** For a phone whose apps are all set up anew. */
export function forgetServices(tx: Transaction, phoneId: string): void {
  tx.statement('DELETE FROM phone_services WHERE phone_id = ?').run(phoneId)
}
