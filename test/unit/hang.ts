/** Milliseconds: longer than any reader takes on a busy machine, and far shorter than one takes that has lost its way. */
export const HANG = 5000
