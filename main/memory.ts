/** Memory that is handed on or given back by hand, as that of large byte arrays is too much to wait for the garbage collector. */

/** Gives the memory back at once; the bytes are gone. Memory that others share in stays. */
export function release(bytes: Uint8Array): void {
  if (isWhole(bytes)) bytes.buffer.transfer(0)
}

/** The bytes in memory of their own, which can be handed to another thread. */
export function ownMemory(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return isWhole(bytes) ? bytes : new Uint8Array(bytes)
}

function isWhole(bytes: Uint8Array): bytes is Uint8Array<ArrayBuffer> {
  return bytes.buffer instanceof ArrayBuffer && bytes.byteLength === bytes.buffer.byteLength
}
