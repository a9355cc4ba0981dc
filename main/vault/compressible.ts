/** What is worth compressing: photos, films and archives are compressed already, and trying again only takes time. */
import { compress } from './blob.ts'

const COMPRESSED_ALREADY = new Set(
  'jpg jpeg jpe heic heif avif webp png gif jxl mp4 m4v mov 3gp mkv webm mp3 m4a aac ogg opus flac zip gz xz zst bz2 7z pdf'.split(
    ' ',
  ),
)
const SAMPLE_LENGTH = 64 * 1024
const WORTHWHILE = 0.95

/** @param name the file's name; of what has none it is the sample that tells. */
export function isCompressible(name: string, bytes: Uint8Array): boolean {
  const extension = name.slice(name.lastIndexOf('.') + 1).toLowerCase()
  if (COMPRESSED_ALREADY.has(extension)) return false
  if (bytes.length <= SAMPLE_LENGTH) return true
  const middle = Math.floor((bytes.length - SAMPLE_LENGTH) / 2)
  const sample = bytes.subarray(middle, middle + SAMPLE_LENGTH)
  return compress('data', sample).length < SAMPLE_LENGTH * WORTHWHILE
}
