/** Starts a real Radicale on loopback in a folder of its own, with one user who has an address book and a calendar. */
import { spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Peer } from './peers.ts'

export interface Radicale {
  url: string
  user: string
  password: string
  stop(): Promise<void>
}

const USER = 'ada'
const PASSWORD = 'secret'
const START_TIMEOUT_MS = 20_000

export async function startRadicale(peer: Peer): Promise<Radicale> {
  const folder = await mkdtemp(join(tmpdir(), 'sidekeep-radicale-'))
  const port = await freePort()
  const config = join(folder, 'config')
  await writeFile(join(folder, 'users'), `${USER}:${PASSWORD}\n`)
  await writeFile(
    config,
    `[server]\nhosts = 127.0.0.1:${port}\n` +
      `[auth]\ntype = htpasswd\nhtpasswd_filename = ${folder}/users\nhtpasswd_encryption = plain\ndelay = 0\n` +
      `[storage]\nfilesystem_folder = ${folder}/collections\n[logging]\nlevel = error\n`,
  )
  const child = spawn(peer.path, ['--config', config], { stdio: 'ignore' })
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const stop = async (): Promise<void> => {
    child.kill()
    await ended
    await rm(folder, { recursive: true, force: true })
  }
  const url = `http://127.0.0.1:${port}/`
  try {
    await waitUntilItAnswers(url)
    await makeCollection(`${url}${USER}/contacts/`, 'CARD:addressbook')
    await makeCollection(`${url}${USER}/calendar/`, 'CAL:calendar')
  } catch (error) {
    await stop()
    throw error
  }
  return { url, user: USER, password: PASSWORD, stop }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('The system gave no port.')
  await new Promise((resolve) => server.close(resolve))
  return address.port
}

async function waitUntilItAnswers(url: string): Promise<void> {
  const giveUpAt = Date.now() + START_TIMEOUT_MS
  for (;;) {
    const answered = await fetch(url).then(
      () => true,
      () => false,
    )
    if (answered) return
    if (Date.now() > giveUpAt) throw new Error('Radicale does not answer.')
    await sleep(50)
  }
}

// Extended MKCOL (RFC 5689), which makes address books as well as calendars.
async function makeCollection(url: string, type: string): Promise<void> {
  const { status } = await fetch(url, {
    method: 'MKCOL',
    headers: {
      Authorization: `Basic ${Buffer.from(`${USER}:${PASSWORD}`).toString('base64')}`,
      'Content-Type': 'application/xml',
    },
    body:
      '<mkcol xmlns="DAV:" xmlns:CARD="urn:ietf:params:xml:ns:carddav" xmlns:CAL="urn:ietf:params:xml:ns:caldav">' +
      `<set><prop><resourcetype><collection/><${type}/></resourcetype></prop></set></mkcol>`,
  })
  if (status !== 201) throw new Error(`Radicale answered MKCOL with ${status}.`)
}
