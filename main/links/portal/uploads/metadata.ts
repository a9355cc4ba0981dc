/** What the page says of a file that it uploads, taken apart and checked. */
import { Buffer } from 'node:buffer'
import { z } from 'zod'
import { Problem } from '../../../problem.ts'

export interface Told {
  /** The file's name on the phone: one segment, of at most 255 bytes. */
  fileName: string
  /** SHA-256 of the whole file, hex. */
  sha256: string
  /** When it was last changed on the phone: milliseconds since 1970. */
  modified: number | undefined
  picked: 'photos' | 'files' | undefined
}

// HTTP dates end there.
const YEAR_10000 = Date.UTC(10_000, 0)

const toldSchema = z.object({
  filename: z
    .string()
    // Some browsers of old gave the whole path.
    .transform((path) => path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1))
    .refine((name) => !/\p{Cc}/u.test(name) && !/^\.{0,2}$/.test(name) && Buffer.byteLength(name) <= 255),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  modified: z
    .string()
    .regex(/^-?\d{1,15}$/)
    .transform(Number)
    .refine((time) => Math.abs(time) < YEAR_10000)
    .optional(),
  picked: z.enum(['photos', 'files']).optional(),
})

/**
 * @param metadata of tus: text values by name.
 * @throws Problem `bad-input` when the name or the hash is missing, or when a value cannot be used.
 */
export function readTold(metadata: Record<string, string | null> | undefined): Told {
  const checked = toldSchema.safeParse(metadata ?? {})
  if (!checked.success) {
    const field = checked.error.issues[0]?.path.join('.') ?? ''
    throw new Problem(
      'bad-input',
      `The page sent no usable “${field}” with the file.`,
      'Load the page anew and choose the file again.',
    )
  }
  const { filename, ...told } = checked.data
  return { fileName: filename, sha256: told.sha256, modified: told.modified, picked: told.picked }
}
