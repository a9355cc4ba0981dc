/** A file as a phone's picker hands it over. */

export function pickedFile(name: string, size = 10): File {
  return new File([new Uint8Array(size)], name, { lastModified: 1_790_000_000_000 })
}
