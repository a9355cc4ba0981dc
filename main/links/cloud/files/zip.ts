/** Cards and calendars in a ZIP, such as Google Takeout makes: unpacked one by one, within limits that stop bombs. */
import { open as openFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { openPromise } from 'yauzl'
import { Problem } from '../../../problem.ts'

export interface Unpacked {
  /** As the ZIP names it, with its folders. */
  name: string
  /** Where it was unpacked to. */
  path: string
}

export interface ZipLimits {
  entries: number
  /** Bytes of one entry and of all, unpacked. */
  entry: number
  total: number
}

const LIMITS: ZipLimits = { entries: 200_000, entry: 512 * 1024 ** 2, total: 1024 ** 3 }

const WANTED = /\.(?:vcf|ics)$/i

/**
 * Unpacks what is wanted into the folder, under names of ours.
 * @throws Problem `bad-input` for a ZIP that is broken or over a limit.
 */
export async function unpack(zip: string, folder: string, limits: ZipLimits = LIMITS): Promise<Unpacked[]> {
  const unpacked: Unpacked[] = []
  let seen = 0
  let total = 0
  try {
    const file = await openPromise(zip)
    try {
      for await (const entry of file.eachEntry()) {
        if (++seen > limits.entries) throw tooMuch()
        if (!WANTED.test(entry.fileName)) continue
        // What it says is checked while it is read: yauzl fails where more comes.
        total += entry.uncompressedSize
        if (entry.uncompressedSize > limits.entry || total > limits.total) throw tooMuch()
        const path = join(folder, `${unpacked.length}`)
        await write(await file.openReadStreamPromise(entry), path)
        unpacked.push({ name: entry.fileName, path })
      }
    } finally {
      file.close()
    }
  } catch (error) {
    if (error instanceof Problem || isOfDisk(error)) throw error
    throw new Problem('bad-input', `The ZIP can’t be read: ${messageOf(error)}.`, 'Fetch it again.', {
      cause: error,
    })
  }
  return unpacked
}

async function write(source: Readable, path: string): Promise<void> {
  const file = await openFile(path, 'wx', 0o600)
  try {
    await file.writeFile(source)
  } finally {
    await file.close()
  }
}

function isOfDisk(error: unknown): boolean {
  return error instanceof Error && 'syscall' in error
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

function tooMuch(): Problem {
  return new Problem(
    'bad-input',
    'The ZIP holds more than any address book.',
    'Unpack it, and give the files in it.',
  )
}
