/** Uploads whose engine is killed (SIGKILL) at random moments go on where they were, and nothing that was acknowledged is lost. */
import { type ChildProcess, spawn } from 'node:child_process'
import { createHash, randomBytes, randomInt } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import { findCollection } from '../../main/replica/collections.ts'
import { filePath } from '../../main/replica/files.ts'
import { listItems } from '../../main/replica/items.ts'
import { addPhone } from '../../main/replica/phones.ts'
import { openReplica } from '../../main/replica/replica.ts'
import { realWorld } from '../../main/world.ts'
import { encodeMetadata, metadataOf } from '../unit/links/portal/upload-fixture.ts'

const KILLS = 15
const VICTIM = new URL('./upload-victim.ts', import.meta.url).pathname
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')

interface Engine {
  child: ChildProcess
  url: string
}

async function startEngine(folder: string): Promise<Engine> {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', VICTIM, folder, 'Pixel'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [port] = await once(child.stdout!, 'data')
  return { child, url: `http://127.0.0.1:${String(port).trim()}` }
}

const TUS = { 'Tus-Resumable': '1.0.0' }

async function begin(url: string, bytes: Buffer): Promise<string> {
  const answer = await fetch(`${url}/portal/uploads/`, {
    method: 'POST',
    headers: {
      ...TUS,
      'Upload-Length': String(bytes.length),
      'Upload-Metadata': encodeMetadata(metadataOf(bytes, 'IMG.jpg')),
    },
  })
  expect(answer.status).toBe(201)
  return answer.headers.get('location')!
}

/** Sends the rest of the file. @returns what became of it: `cut` when the engine was killed meanwhile, `gone` when it knows it no more. */
async function goOn(url: string, path: string, bytes: Buffer): Promise<'stored' | 'cut' | 'gone'> {
  try {
    const head = await fetch(url + path, { method: 'HEAD', headers: TUS })
    // Stored, and killed before it could say so.
    if (head.status === 404) return 'gone'
    expect(head.status).toBe(200)
    const offset = Number(head.headers.get('upload-offset'))
    if (offset === bytes.length) return 'stored'
    const answer = await fetch(url + path, {
      method: 'PATCH',
      headers: { ...TUS, 'Upload-Offset': String(offset), 'Content-Type': 'application/offset+octet-stream' },
      body: new Uint8Array(bytes.subarray(offset)),
    })
    expect(answer.status).toBe(204)
    return 'stored'
  } catch (error) {
    if (error instanceof TypeError) return 'cut'
    throw error
  }
}

test('every upload ends whole', { timeout: 120_000 }, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'sidekeep-test-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  const replica = openReplica(folder, realWorld)
  const { phone } = await addPhone(replica, 'Pixel')
  await replica.close()
  let engine = await startEngine(folder)
  onTestFinished(() => void engine.child.kill('SIGKILL'))
  const stored: string[] = []
  let kills = 0
  while (kills < KILLS) {
    const bytes = randomBytes(randomInt(1, 12_000_000))
    let path = await begin(engine.url, bytes)
    for (let became = 'cut'; became !== 'stored'; ) {
      const sending = goOn(engine.url, path, bytes)
      const isKilled = kills < KILLS && randomInt(3) > 0
      if (isKilled) {
        kills++
        await pause(randomInt(120))
        engine.child.kill('SIGKILL')
        await once(engine.child, 'close')
      }
      became = await sending
      if (isKilled) engine = await startEngine(folder)
      if (became === 'gone') path = await begin(engine.url, bytes)
    }
    stored.push(sha256(bytes))
  }
  engine.child.kill('SIGKILL')
  await once(engine.child, 'close')

  const after = openReplica(folder, realWorld)
  onTestFinished(() => after.close())
  const library = findCollection(after, phone.id, 'files', 'photos')!
  const photos = listItems(after, library.id).filter(({ kind }) => kind === 'file')
  expect(photos.map(({ hash }) => hash).sort()).toEqual(stored.sort())
  for (const { fileId, hash, name } of photos)
    expect(sha256(await readFile(filePath(after, fileId!))), name).toBe(hash)
})
