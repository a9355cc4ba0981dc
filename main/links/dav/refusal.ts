/** A request that is answered with an error status. Thrown anywhere in this link; the server turns it into the answer. */

export class Refusal extends Error {
  override name = 'Refusal'
  readonly status: number
  /** Precondition or postcondition that failed, as the content of a `DAV:error` element (RFC 4918, 16); '' for none. */
  readonly condition: string
  readonly headers: Record<string, string>

  constructor(status: number, condition = '', headers: Record<string, string> = {}) {
    super(`${status} ${condition}`)
    this.status = status
    this.condition = condition
    this.headers = headers
  }
}
