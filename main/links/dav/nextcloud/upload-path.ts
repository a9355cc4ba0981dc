/** What a path below `/remote.php/dav/uploads/` means: the phone's uploads, one of them, or a chunk. */
import type { Phone } from '../../../replica/phones.ts'
import { hrefOf, hrefOfFolder } from '../path.ts'
import { Refusal } from '../refusal.ts'

export type UploadPath =
  | { type: 'uploads' }
  | { type: 'upload'; upload: string }
  | { type: 'chunk'; upload: string; chunk: string }

export function isUploadPath([root, door, area]: readonly string[]): boolean {
  return root === 'remote.php' && door === 'dav' && area === 'uploads'
}

/** @throws Refusal 404 for another phone's uploads, which look the same as none. */
export function readUploadPath(phone: Phone, path: readonly string[]): UploadPath {
  const [user, upload, chunk, ...rest] = path.slice(3)
  if (user !== phone.user || rest.length > 0) throw new Refusal(404)
  if (upload === undefined) return { type: 'uploads' }
  return chunk === undefined ? { type: 'upload', upload } : { type: 'chunk', upload, chunk }
}

export function uploadHref(phone: Phone, upload?: string): string {
  return hrefOfFolder(['remote.php', 'dav', 'uploads', phone.user, ...(upload === undefined ? [] : [upload])])
}

export function chunkHref(phone: Phone, upload: string, chunk: string): string {
  return hrefOf(['remote.php', 'dav', 'uploads', phone.user, upload, chunk])
}
