/** The box that all of a vault's bytes are sealed in: AES-256-CTR, authenticated by Poly1305-AES. */

/** Key material of a box: AES-256 key, and AES-128 key and r of Poly1305-AES. */
export interface BoxKey {
  encrypt: Uint8Array
  k: Uint8Array
  r: Uint8Array
}

/** A box is this many bytes longer than what it holds: iv before, tag after. */
export const BOX_OVERHEAD = 32

export interface Sealer {
  seal(plaintext: Uint8Array): Buffer
  /** @throws Problem `vault-damaged` when the box was changed or the key is another. */
  open(box: Uint8Array): Buffer
}
