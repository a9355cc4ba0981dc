/** One request to the portal: who asks, and what the answering side gets to work with. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { PortalChecked, PortalMethod, PortalOutput, portalContract } from '../../../preload/portal.ts'
import type { Phone } from '../../replica/phones.ts'
import type { Target } from './target.ts'

export interface Visit {
  request: IncomingMessage
  response: ServerResponse
  /** The network address of who asks. */
  address: string
}

/** A visit by a phone's browser that has a session. */
export interface PhoneVisit extends Visit {
  phone: Phone
  /** The session's secret. */
  session: string
}

type VisitFor<M extends PortalMethod> = (typeof portalContract)[M]['who'] extends 'phone' ? PhoneVisit : Visit

/** What answers one call. Problems it throws reach the page as they are. */
export type PortalMethodOf<M extends PortalMethod> = (
  input: PortalChecked<M>,
  visit: VisitFor<M>,
) => Promise<PortalOutput<M>>

export type PortalMethods = { [M in PortalMethod]: PortalMethodOf<M> }

/**
 * What answers the requests below one path that are not calls. @param rest what follows the path, decoded and checked: no empty
 * segment, no `.` or `..`, no slash or control character in a segment.
 */
export type Route = (visit: PhoneVisit, rest: string[]) => Promise<void>

/** What answers requests outside `/portal/`, for anyone. */
export type OpenRoute = (visit: Visit, target: Target) => Promise<void>
