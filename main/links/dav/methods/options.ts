/** OPTIONS: what this server can do (RFC 4918, 10.1). */
import { answer } from '../answer.ts'
import type { Exchange } from '../exchange.ts'
import { allowedMethods } from './allowed.ts'

// Without `calendar-auto-schedule`: clients then send invitations themselves.
const DAV_CLASSES = '1, 2, 3, addressbook, calendar-access, extended-mkcol'

export function options({ response, resource }: Exchange): void {
  answer(response, 200, {
    DAV: DAV_CLASSES,
    Allow: allowedMethods(resource),
    // Windows takes a server for a web page without this.
    'MS-Author-Via': 'DAV',
  })
}
