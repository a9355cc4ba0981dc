/** A request as it stands, without what an HTTP library would mend. */
import { connect } from 'node:net'

export interface RawAnswer {
  /** Of the first answer; NaN when there was none. */
  status: number
  /** All that came until the line was closed. */
  text: string
}

/** @param base such as `http://127.0.0.1:40000` @param head the request line and headers; that it closes the connection is added. */
export function rawRequest(base: string, head: string[], body = ''): Promise<RawAnswer> {
  const { hostname, port } = new URL(base)
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname)
    let text = ''
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1')
    })
    const done = () => resolve({ status: Number(/^HTTP\/1\.1 (\d+)/.exec(text)?.[1]), text })
    socket.on('end', done)
    // Who sends more than is taken may be cut off while sending.
    socket.on('error', (error) => (text === '' ? reject(error) : done()))
    socket.write(`${[...head, 'Connection: close'].join('\r\n')}\r\n\r\n${body}`)
  })
}
