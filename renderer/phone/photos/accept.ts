/** Which files the photo buttons ask for, and which of the chosen ones are photos or films. */

/**
 * Named one by one: an iPhone hands over HEIC and films as they are only to pages that name these types, and makes a JPEG for a page
 * that asks for `image/*`.
 */
export const ACCEPTED = [
  ...['image/heic', 'image/heif', 'image/jpeg', 'image/png', 'image/webp', 'image/avif', 'image/gif'],
  ...['image/tiff', 'image/x-adobe-dng', 'video/quicktime', 'video/mp4', 'video/3gpp', 'video/webm'],
  ...['.heic', '.heif', '.dng', '.mov'],
].join(',')

const ENDINGS =
  /\.(heic|heif|hif|jpe?g|png|webp|avif|gif|tiff?|bmp|jxl|dng|cr2|cr3|nef|nrw|arw|raf|orf|rw2|pef|srw|mov|qt|mp4|m4v|3gp|3g2|webm|mkv|avi|mts|m2ts|aae|xmp)$/i

/** By type or ending: phones leave the type of raw files and sidecars empty. */
export function isPhotoOrFilm({ name, type }: { name: string; type: string }): boolean {
  return /^(image|video)\//.test(type) || ENDINGS.test(name)
}
