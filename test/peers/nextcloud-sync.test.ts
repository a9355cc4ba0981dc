/** Nextcloud's own client and rclone, in its way to speak to Nextcloud, keep folders in step with us over TLS, chunks and times included. */
import { spawn } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { request } from 'node:https'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { beforeEach, expect, it, vi } from 'vitest'
import { reportMissing } from '../missing.ts'
import { type ServedPhone, servePhone } from './nextcloud-tls.ts'
import { describeEachPeer, describePeer, findPeer, type Peer, run } from './peers.ts'

const CHUNK = 1_000_000
/** Where a Debian keeps the roots that all its programs trust. */
const SYSTEM_ROOTS = '/etc/ssl/certs'
const bwrap = findPeer('bwrap')

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sidekeep-nextcloud-'))
  return () => rmSync(folder, { recursive: true, force: true })
})

function place(top: string, name: string, bytes: Uint8Array, time: number): void {
  const path = join(top, name)
  mkdirSync(join(path, '..'), { recursive: true })
  writeFileSync(path, bytes)
  utimesSync(path, time, time)
}

const FILES: [name: string, size: number][] = [
  ['empty.txt', 0],
  ['a.jpg', 10],
  ['InstantUpload/2026/11/IMG_0001.HEIC', 400_000],
  ['InstantUpload/2026/11/IMG_0001.MOV', 3 * CHUNK + 17],
  ['InstantUpload/Été à la plage & 100% 雪.png', 123_456],
  ['exactly two chunks.bin', 2 * CHUNK],
]

function fill(top: string): void {
  for (const [at, [name, size]] of FILES.entries()) place(top, name, randomBytes(size), 1_600_000_000 + at)
}

/** Every file with its hash and time, to the second; clients' own databases left out. */
function contentsOf(top: string): Record<string, string> {
  const entries = readdirSync(top, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile() && !/^\.(sync|owncloud)/.test(entry.name))
  const paths = files.map((entry) => join(entry.parentPath, entry.name)).sort()
  return Object.fromEntries(
    paths.map((path) => {
      const hash = createHash('sha256').update(readFileSync(path)).digest('hex').slice(0, 16)
      return [relative(top, path), `${hash} at ${Math.floor(statSync(path).mtimeMs / 1000)}`]
    }),
  )
}

describeEachPeer('nextcloudcmd', 'Nextcloud’s client', (peer) => {
  if (!bwrap) return reportMissing('needs bwrap, which is not installed; build/setup.sh brings it')

  it('sends a folder, chunked where it is large, and another computer has the same', async () => {
    await using served = await servePhone()
    const [here, there] = [join(folder, 'here'), join(folder, 'there')]
    mkdirSync(there)
    fill(here)
    const said = await sync(peer, served, here)
    expect(said).toContain('/remote.php/dav/uploads/ada/')
    await sync(peer, served, there)
    expect(Object.keys(contentsOf(there))).toHaveLength(FILES.length)
    expect(contentsOf(there)).toEqual(contentsOf(here))
  }, 60_000)

  it('carries changes both ways: edits, new files, renames and deletions', async () => {
    await using served = await servePhone()
    const [here, there] = [join(folder, 'here'), join(folder, 'there')]
    mkdirSync(there)
    fill(here)
    await sync(peer, served, here)
    await sync(peer, served, there)

    appendFileSync(join(there, 'a.jpg'), 'more')
    utimesSync(join(there, 'a.jpg'), 1_650_000_000, 1_650_000_000)
    place(there, 'new/large.mov', randomBytes(2 * CHUNK + 5), 1_660_000_000)
    renameSync(join(there, 'InstantUpload'), join(there, 'Camera'))
    rmSync(join(there, 'empty.txt'))
    await sync(peer, served, there)
    place(here, 'b.jpg', randomBytes(99), 1_670_000_000)
    await sync(peer, served, here)
    await sync(peer, served, there)

    const [mine, theirs] = [contentsOf(here), contentsOf(there)]
    expect(mine).toEqual(theirs)
    expect(Object.keys(mine)).toEqual(
      [
        'Camera/2026/11/IMG_0001.HEIC',
        'Camera/2026/11/IMG_0001.MOV',
        'Camera/Été à la plage & 100% 雪.png',
        'a.jpg',
        'b.jpg',
        'exactly two chunks.bin',
        'new/large.mov',
      ].sort(),
    )
  }, 60_000)

  it('goes on after a kill where it stopped', async () => {
    await using served = await servePhone()
    const here = join(folder, 'here')
    place(here, 'long.mov', randomBytes(20 * CHUNK), 1_600_000_000)
    const { program, args, env } = command(peer, served, here, ['--uplimit', '2000'])
    const killed = spawn(program, args, {
      env: { ...process.env, ...env },
      stdio: 'ignore',
    })
    const chunks = () => readdirSync(served.chunks).length
    await vi.waitFor(() => expect(chunks()).toBeGreaterThan(3), { timeout: 30_000, interval: 20 })
    killed.kill('SIGKILL')
    await once(killed, 'close')
    const kept = chunks()
    const said = await sync(peer, served, here)
    const sent = new Set(said.match(/uploads\/ada\/\d+\/\d+/g))
    // One more may have arrived after the last look.
    expect([20 - kept, 19 - kept]).toContain(sent.size)
    const there = join(folder, 'there')
    mkdirSync(there)
    await sync(peer, served, there)
    expect(contentsOf(there)).toEqual(contentsOf(here))
  }, 60_000)

  it('does not speak with a computer whose root it does not trust', async () => {
    await using served = await servePhone()
    await using other = await servePhone()
    const here = join(folder, 'here')
    place(here, 'a.jpg', randomBytes(10), 1_600_000_000)
    await expect(sync(peer, { ...served, root: other.root }, here)).rejects.toThrow(
      /SSL handshake failed|Ssl/,
    )
    expect(Object.keys(contentsOf(here))).toEqual(['a.jpg'])
  }, 60_000)

  it('has nothing to do when nothing changed', async () => {
    await using served = await servePhone()
    const here = join(folder, 'here')
    fill(here)
    await sync(peer, served, here)
    const [tag, before] = [await libraryTag(served), inodesOf(here)]
    expect(tag).toBeTruthy()
    await sync(peer, served, here)
    // Nothing was sent and nothing fetched: a file that is fetched is a new one on the disk.
    expect([await libraryTag(served), inodesOf(here)]).toEqual([tag, before])
  }, 60_000)
})

function inodesOf(top: string): number[] {
  return Object.keys(contentsOf(top)).map((name) => statSync(join(top, name)).ino)
}

/** The library's entity tag, which is new after every change. */
function libraryTag({ url, user, password, root }: ServedPhone): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    const options = { method: 'HEAD', ca: readFileSync(root), auth: `${user}:${password}` }
    const outgoing = request(`${url}/remote.php/dav/files/${user}/`, options, (incoming) => {
      incoming.resume()
      resolve(incoming.headers.etag)
    })
    outgoing.on('error', reject).end()
  })
}

/** @returns its log. */
async function sync(peer: Peer, served: ServedPhone, top: string): Promise<string> {
  const { program, args, env } = command(peer, served, top)
  const { code, stdout, stderr } = await run(program, args, { env })
  const log = `${stdout}${stderr}`
  if (code !== 0) throw new Error(`nextcloudcmd ended with ${code}: ${log.slice(-5000)}`)
  return log
}

/** It takes no root by an option, but the system's: so it is shown a system that knows ours, and no other. */
function command(
  peer: Peer,
  { url, user, password, root }: ServedPhone,
  top: string,
  options: string[] = [],
) {
  const store = ['--tmpfs', SYSTEM_ROOTS, '--ro-bind', root, join(SYSTEM_ROOTS, 'sidekeep.pem')]
  const account = ['--non-interactive', '-u', user, '-p', password, top, url]
  const size = String(CHUNK)
  const env = {
    HOME: folder,
    XDG_CONFIG_HOME: join(folder, 'config'),
    QT_QPA_PLATFORM: 'offscreen',
    OWNCLOUD_CHUNK_SIZE: size,
    OWNCLOUD_MIN_CHUNK_SIZE: size,
    OWNCLOUD_MAX_CHUNK_SIZE: size,
  }
  const seen = ['--die-with-parent', '--dev-bind', '/', '/', ...store]
  return { program: bwrap!.path, args: [...seen, peer.path, ...options, ...account], env }
}

describePeer('rclone', 'rclone as a client of Nextcloud', (peer) => {
  it('copies a folder there and back in chunks, with times and checksums', async () => {
    await using served = await servePhone()
    const [here, back] = [join(folder, 'here'), join(folder, 'back')]
    fill(here)
    const said = await rclone(peer, served, ['copy', '--dump', 'headers', here, 'phone:up'])
    expect(said).toMatch(/MOVE \/remote\.php\/dav\/uploads\/ada\/\S*\/\.file/)
    await rclone(peer, served, ['check', here, 'phone:up'])
    await rclone(peer, served, ['check', '--download', here, 'phone:up'])
    await rclone(peer, served, ['copy', 'phone:up', back])
    expect(contentsOf(back)).toEqual(contentsOf(here))
    const hashes = await rclone(peer, served, ['hashsum', 'sha1', 'phone:up'])
    const movie = createHash('sha1').update(readFileSync(join(here, 'InstantUpload/2026/11/IMG_0001.MOV')))
    expect(hashes).toContain(movie.digest('hex'))
  }, 60_000)

  it('sends again only what changed', async () => {
    await using served = await servePhone()
    const here = join(folder, 'here')
    fill(here)
    await rclone(peer, served, ['sync', here, 'phone:'])
    place(here, 'exactly two chunks.bin', randomBytes(2 * CHUNK + 1), 1_650_000_000)
    rmSync(join(here, 'a.jpg'))
    const said = await rclone(peer, served, ['sync', '-v', here, 'phone:'])
    expect(said.match(/: (Copied|Deleted|Updated)/g)).toHaveLength(2)
    await rclone(peer, served, ['check', '--download', here, 'phone:'])
  }, 60_000)
})

/** Runs rclone with `phone:` as the file library, trusting our root alone. @returns what it printed. */
async function rclone({ path }: Peer, served: ServedPhone, args: string[]): Promise<string> {
  const obscured = await run(path, ['obscure', served.password])
  const { code, stdout, stderr } = await run(path, [...args, '--ca-cert', served.root], {
    env: {
      RCLONE_CONFIG: '/dev/null',
      RCLONE_CONFIG_PHONE_TYPE: 'webdav',
      RCLONE_CONFIG_PHONE_URL: `${served.url}/remote.php/dav/files/${served.user}`,
      RCLONE_CONFIG_PHONE_VENDOR: 'nextcloud',
      RCLONE_CONFIG_PHONE_NEXTCLOUD_CHUNK_SIZE: '1M',
      RCLONE_CONFIG_PHONE_USER: served.user,
      RCLONE_CONFIG_PHONE_PASS: obscured.stdout.toString().trim(),
    },
  })
  if (code !== 0) throw new Error(`rclone ${args.join(' ')} failed: ${stderr}`)
  return stdout + stderr
}
