/** Reads what a photo or video says of itself, for the index. */
import type { PhotoFacts } from './facts.ts'

/** Never throws: a file that cannot be read has only its type, by name. */
export async function readPhoto(_path: string, _name: string): Promise<PhotoFacts> {
  return {
    kind: 'file',
    uid: null,
    mediaType: 'application/octet-stream',
    takenAt: null,
    takenFrom: null,
    camera: null,
    width: null,
    height: null,
    latitude: null,
    longitude: null,
    readable: false,
  }
}
