/** What tus stores of one phone: pieces in partial files, and whole files in the phone's library before anyone hears that they are whole. */
import { statfs } from 'node:fs/promises'
import type { Readable } from 'node:stream'
import { DataStore, ERRORS, Upload } from '@tus/server'
import { Problem } from '../../../problem.ts'
import { type AddedPhoto, addPhoto } from '../../../replica/add-photo.ts'
import { diskFull } from '../../../replica/files.ts'
import { openPartialFiles, PARTIAL_LIFETIME, type PartialFile } from '../../../replica/partial-files.ts'
import type { Phone } from '../../../replica/phones.ts'
import type { Replica } from '../../../replica/replica.ts'
import { readTold, type Told } from './metadata.ts'

/** What the change log names as the reason of all that comes this way. */
const CAUSE = 'portal'

// Whether it will fit is asked before it is sent for what takes long to send.
const LARGE = 16 * 1024 ** 2
const MOST_PARTIALS = 200
// What rested for so long was most likely given up, and makes room for others when there are too many.
const RESTED = 3_600_000
// A page that missed the answer to its last bytes asks within minutes.
const MOST_REMEMBERED = 5_000

/** A whole file, remembered for a page that asks again. */
interface Finished {
  size: number
  metadata: Record<string, string | null>
  added: AddedPhoto
}

/** Checksum mismatch, as tus's own extension for checksums has it. */
const MISMATCH = 460

/** As @tus/server wants errors that it answers with a status. */
export class UploadRefusal extends Error {
  readonly status_code: number
  readonly body: string

  constructor(status: number, problem: Problem) {
    super(problem.message)
    this.status_code = status
    this.body = JSON.stringify(problem)
  }
}

export class UploadStore extends DataStore {
  override extensions = ['creation', 'creation-with-upload', 'termination', 'expiration']
  readonly #replica: Replica
  readonly #phone: () => Phone
  readonly #partials: ReturnType<typeof openPartialFiles>
  readonly #finished = new Map<string, Finished>()
  readonly #heard: (told: Told) => void

  /** @param phone as it is at the moment. @param heard hears of every file that is stored. */
  constructor(replica: Replica, phoneId: string, phone: () => Phone, heard: (told: Told) => void) {
    super()
    this.#replica = replica
    this.#phone = phone
    this.#partials = openPartialFiles(replica, phoneId)
    this.#heard = heard
  }

  /** What became of an upload that is whole. */
  added(id: string): AddedPhoto | undefined {
    return this.#finished.get(id)?.added
  }

  /** @throws Problem `bad-input`, `disk-full` when it cannot fit, `busy` when too many are open. */
  override async create(upload: Upload): Promise<Upload> {
    const { id, size = 0, metadata = {} } = upload
    readTold(metadata)
    if (size > LARGE) await this.#checkRoom(size)
    await this.#makeRoom()
    await this.#partials.create(id, { size, metadata })
    if (size === 0) await this.#finish((await this.#partials.find(id))!)
    return upload
  }

  async #checkRoom(size: number): Promise<void> {
    const { bavail, bsize } = await statfs(this.#replica.partial)
    if (size > bavail * bsize) throw diskFull()
  }

  async #makeRoom(): Promise<void> {
    if ((await this.#partials.count()) < MOST_PARTIALS) return
    const oldest = await this.#partials.oldest()
    if (oldest && this.#replica.world.now() - oldest.usedAt > RESTED) return this.#partials.discard(oldest.id)
    throw new Problem('busy', 'Too many uploads are open.', 'Let the ones under way end first.')
  }

  /** Finishes first what a crash or a full disk kept from being finished: what has all its bytes here counts as stored. */
  override async getUpload(id: string): Promise<Upload> {
    const partial = await this.#partials.find(id)
    if (partial?.offset === partial?.size && partial) await this.#finish(partial)
    const finished = this.#finished.get(id)
    if (finished) {
      const { size, metadata } = finished
      return new Upload({ id, size, offset: size, metadata })
    }
    if (!partial) throw ERRORS.FILE_NOT_FOUND
    const { size, offset, metadata, usedAt } = partial
    return new Upload({ id, size, offset, metadata, creation_date: new Date(usedAt).toISOString() })
  }

  override async write(bytes: Readable, id: string, offset: number): Promise<number> {
    if (this.#finished.has(id)) return offset
    const reached = await this.#partials.append(id, bytes)
    const partial = await this.#partials.find(id)
    if (partial && reached === partial.size) await this.#finish(partial)
    return reached
  }

  override async remove(id: string): Promise<void> {
    const isHere = this.#finished.delete(id) || (await this.#partials.find(id)) !== undefined
    if (!isHere) throw ERRORS.FILE_NOT_FOUND
    await this.#partials.discard(id)
  }

  override getExpiration(): number {
    return PARTIAL_LIFETIME
  }

  async #finish({ id, size, metadata }: PartialFile): Promise<void> {
    const told = readTold(metadata)
    if ((await this.#partials.hash(id)) !== told.sha256) {
      await this.#partials.discard(id)
      throw new UploadRefusal(MISMATCH, changedOnTheWay)
    }
    const receive = () => this.#partials.handOver(id)
    const modified = told.modified ?? this.#replica.world.now()
    const added = await addPhoto(this.#replica, this.#phone(), receive, told.fileName, modified, CAUSE)
    this.#remember(id, { size, metadata, added })
    this.#heard(told)
    await this.#partials.discard(id)
  }

  #remember(id: string, finished: Finished): void {
    this.#finished.set(id, finished)
    const [first] = this.#finished.keys()
    if (this.#finished.size > MOST_REMEMBERED && first !== undefined) this.#finished.delete(first)
  }
}

const changedOnTheWay = new Problem(
  'bad-input',
  'The file did not arrive as it was on the phone, so it was not stored.',
  'Send it again.',
)
