/** The Content-Disposition header (RFC 6266). */

/**
 * @param type `inline` lets a browser show it, `attachment` makes it save it.
 * @param name of the file, without folders; any text.
 */
export function contentDisposition(type: 'inline' | 'attachment', name: string): string {
  const plain = name.replace(/[^\x20-\x7e]|["\\%]/gu, '_')
  const whole = plain === name ? '' : `; filename*=UTF-8''${encodeExtended(name)}`
  return `${type}; filename="${plain}"${whole}`
}

// RFC 8187, 3.2.1: encodeURIComponent leaves a few signs as they are that are not in `attr-char`.
function encodeExtended(text: string): string {
  return encodeURIComponent(text.toWellFormed()).replace(
    /['()*]/g,
    (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`,
  )
}
