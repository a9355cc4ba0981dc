/** What the page and its hash worker say to each other. One file at a time. */

export type HashRequest = { id: number; file: File } | { stop: number }

/** `hash` is SHA-256 in hex. */
export type HashAnswer = { id: number; hash: string } | { id: number; unreadable: true }
