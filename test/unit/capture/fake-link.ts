/** A link to nothing: tests say what its sources hold, what they refuse, and see what was sent. */
import { Readable } from 'node:stream'
import type {
  CaptureRequest,
  Link,
  LinkKind,
  SendReport,
  SendRequest,
  Source,
} from '../../../main/links/link.ts'
import { Problem } from '../../../main/problem.ts'
import type { Watch } from '../../../main/progress.ts'
import type { CapturedItem } from '../../../main/replica/capture.ts'
import { card } from '../replica/fixture.ts'

export interface FakeFile {
  /** One sign for each byte. */
  bytes: string
  modifiedAt: number
}

export interface FakeLink extends Link {
  source: Source
  /** UID to name. */
  contacts: Map<string, string>
  /** Further lists of contacts: by name, the same of each. */
  lists: Map<string, Map<string, string>>
  files: Map<string, FakeFile>
  /** Of what was opened, by path. */
  opened: string[]
  requests: CaptureRequest[]
  sent: SendRequest[]
  /** What became of the next send, beside the rest. */
  sending: (watch: Watch) => Partial<SendReport> | Promise<Partial<SendReport>>
  /** Called before each file; may throw, or wait. */
  beforeFile: (path: string) => void | Promise<void>
  password: string | undefined
  isHere: boolean
}

export function fakeLink(kind: LinkKind = 'android', id = 'serial-1', name = 'Pixel 8'): FakeLink {
  const all = { read: true, write: true, limit: '' }
  const link: FakeLink = {
    kind,
    source: {
      ...{ link: kind, id, name },
      state: { code: 'ready', sentence: 'It can be read.', next: '' },
      abilities: { contacts: all, calendar: { read: false, write: false, limit: 'Has none.' }, photos: all },
    },
    contacts: new Map(),
    lists: new Map(),
    files: new Map(),
    ...{ opened: [], requests: [], sent: [] },
    beforeFile: () => undefined,
    sending: () => ({}),
    password: undefined,
    isHere: true,
    find: async () => (link.isHere ? [link.source] : []),
    async capture(_source, request, sink) {
      link.requests.push(request)
      if (link.password !== undefined && request.secrets.password !== link.password)
        throw new Problem('wrong-password', 'It wants a password.', 'Enter it.')
      if (request.kinds.includes('contacts')) {
        const lists = [['Google', link.contacts] as const, ...link.lists]
        sink.listed(
          'contacts',
          lists.map(([name]) => name),
        )
        for (const [id, contacts] of lists) {
          const items = cardsOf(contacts)
          await sink.collection({ kind: 'contacts', id, displayName: id, items, complete: true })
        }
      }
      for (const [path, { bytes, modifiedAt }] of link.files) {
        const file = { path, size: bytes.length, modifiedAt }
        if (sink.hasFile(file)) continue
        await link.beforeFile(path)
        const open = () => {
          link.opened.push(path)
          return Readable.from([Buffer.from(bytes, 'latin1')])
        }
        try {
          await sink.file({ ...file, open })
        } catch (error) {
          if (!(error instanceof Problem) || error.code === 'cancelled') throw error
          sink.missed(path, error.message)
        }
      }
      return { round: link.requests.length }
    },
    async send(_source, request, watch): Promise<SendReport> {
      link.sent.push(request)
      const added = request.items.length + request.files.length
      return { added, changed: 0, unchanged: 0, failed: [], next: null, ...(await link.sending(watch)) }
    },
  }
  return link
}

async function* cardsOf(contacts: Map<string, string>): AsyncGenerator<CapturedItem> {
  for (const [uid, name] of contacts) yield { bytes: Buffer.from(card(uid, name)) }
}
