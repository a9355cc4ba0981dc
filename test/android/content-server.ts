/** Answers the phone's `content` programs at a port: starting Node for each call would cost more than all that is tested. */
import { createServer, type Server } from 'node:net'
import type { DatabaseSync } from 'node:sqlite'
import { runContent } from './content-stand-in.ts'

/** Takes the count of arguments and the arguments, each ended by NUL; answers the exit status, the stream to write to, and the text. */
export function serveContent(database: DatabaseSync, port: number): Server {
  const server = createServer((program) => {
    let asked = ''
    program.setEncoding('utf8')
    program.on('data', (text: string) => {
      asked += text
      const [count, ...args] = asked.split('\0').slice(0, -1)
      if (count === undefined || args.length < Number(count)) return
      const { stdout, stderr, exitCode } = runContent(database, args)
      program.end(`${exitCode} ${stdout ? 'out' : 'err'}\n${stdout || stderr}`)
    })
    // A program whose phone was unplugged is gone in the middle.
    program.on('error', () => undefined)
  })
  return server.listen(port, '127.0.0.1')
}

/** The program that asks the server; its arguments may hold anything but NUL, as everywhere. */
export function contentProgram(port: number): string {
  return [
    '#!/usr/bin/bash',
    `exec 3<>/dev/tcp/127.0.0.1/${port}`,
    `printf '%s\\0' "$#" "$@" >&3`,
    'read -r code stream <&3',
    'case $stream in out) cat <&3 ;; err) cat <&3 >&2 ;; esac',
    'exit "$code"',
  ].join('\n')
}
