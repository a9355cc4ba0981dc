/** Lets phones find this computer by itself: services (RFC 6763) over multicast DNS (RFC 6762), in each of its networks. */
import multicastDns, { type MulticastDNS, type QueryPacket, type ResponsePacket } from 'multicast-dns'
import type { Link } from './network.ts'
import { type ServiceRecord, serviceRecords } from './service-records.ts'

export interface Announcement {
  /** The computer's name, such as `pc.local`. */
  host: string
  /** How people see the services, without a dot. */
  instance: string
  port: number
  services: readonly Service[]
}

export interface Service {
  /** Such as `_carddavs._tcp`. */
  type: string
  txt: Readonly<Record<string, string>>
}

export interface AnnounceSettings {
  now: () => number
  /** Told what went wrong, once; phones can be paired all the same. */
  log: (line: string) => void
  /** UDP port; tests take another one than the system's own responder. */
  mdnsPort?: number
}

const MDNS_PORT = 5353
// An answer for all is not said again for a second (RFC 6762, 6).
const QUIET = 1000
// Packets get lost: what is new is said twice (RFC 6762, 8.3).
const SAID_AGAIN = 1000

/** Announces until the function returned is called, which also takes it back; it resolves once that is sent. */
export function announce(
  announcement: Announcement,
  links: readonly Link[],
  { now, log, mdnsPort = MDNS_PORT }: AnnounceSettings,
): () => Promise<void> {
  const tell = once(log)
  const own = new Set(links.map(({ address }) => address))
  const closes = links.map((link) => announceIn(link, own, announcement, now, tell, mdnsPort))
  return async () => void (await Promise.all(closes.map((close) => close())))
}

function announceIn(
  link: Link,
  own: ReadonlySet<string>,
  announcement: Announcement,
  now: () => number,
  tell: (line: string) => void,
  port: number,
): () => Promise<void> {
  const records = serviceRecords(announcement, link.address)
  const failed = (error: Error | null) => {
    if (error)
      tell(`Phones cannot find this computer by itself: ${error.message}. They can be paired all the same.`)
  }
  const mdns = multicastDns({ port, interface: link.address, bind: '0.0.0.0' })
  mdns.on('error', failed)
  mdns.on('warning', (error) => {
    // Someone in the network sends what is no DNS; that is not our trouble.
    if ('syscall' in error) failed(error)
  })
  mdns.on('response', (packet) => {
    const other = otherWithName(packet, announcement.host, link, own)
    if (other !== undefined)
      tell(
        `The computer at ${other} calls itself ${announcement.host}, too. Phones may reach the wrong one: rename one of them.`,
      )
  })
  mdns.on('query', answerQueries(mdns, link, records, now, port, failed))
  const say = () => mdns.respond(records, failed)
  const again = setTimeout(say, SAID_AGAIN)
  again.unref()
  mdns.on('ready', () => {
    say()
    // Whoever else has the name answers.
    mdns.query(announcement.host, 'A', failed)
  })
  return () =>
    new Promise((resolve) => {
      clearTimeout(again)
      // A time to live of nothing takes a record back (RFC 6762, 10.1).
      const over = records.filter(({ name }) => name !== announcement.host).map((one) => ({ ...one, ttl: 0 }))
      mdns.respond(over, () => mdns.destroy(resolve))
    })
}

function answerQueries(
  mdns: MulticastDNS,
  link: Link,
  records: readonly ServiceRecord[],
  now: () => number,
  port: number,
  failed: (error: Error | null) => void,
) {
  const saidAt = new Map<ServiceRecord, number>()
  return (query: QueryPacket, from: { address: string; port: number }) => {
    // A system hands a socket the queries of all its networks.
    if (!link.holds(from.address)) return
    const questions = query.questions ?? []
    const asked = records.filter((record) => questions.some((question) => isAnswer(record, question)))
    if (asked.length === 0) return
    // A simple resolver asks from a port of its own and wants the answer there (RFC 6762, 6.7).
    if (from.port !== port) {
      const answers = asked.map((record) => ({ ...record, flush: false, ttl: Math.min(record.ttl, 10) }))
      return mdns.respond({ id: query.id, questions, answers }, from, failed)
    }
    const at = now()
    const answers = asked.filter((record) => Math.abs(at - (saidAt.get(record) ?? 0)) >= QUIET)
    if (answers.length === 0) return
    for (const record of answers) saidAt.set(record, at)
    const additionals = answers.some(({ type }) => type === 'PTR' || type === 'SRV')
      ? records.filter((record) => !answers.includes(record) && record.type !== 'PTR')
      : []
    mdns.respond({ answers, additionals }, failed)
  }
}

function isAnswer(record: ServiceRecord, question: { name: string; type: string }): boolean {
  const isType = question.type === record.type || question.type === 'ANY'
  return isType && question.name.toLowerCase() === record.name.toLowerCase()
}

/** The address of another computer that has our name in this network. */
function otherWithName(
  { answers }: ResponsePacket,
  host: string,
  link: Link,
  own: ReadonlySet<string>,
): string | undefined {
  for (const { name, type, ttl, data } of answers as ServiceRecord[]) {
    if (type !== 'A' || name.toLowerCase() !== host.toLowerCase() || ttl === 0) continue
    if (link.holds(data) && !own.has(data)) return data
  }
  return undefined
}

function once(log: (line: string) => void): (line: string) => void {
  const told = new Set<string>()
  return (line) => {
    if (told.has(line)) return
    told.add(line)
    log(line)
  }
}
