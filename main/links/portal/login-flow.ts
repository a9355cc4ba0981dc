/**
 * Nextcloud's login flow v2: an app asks for a login, the phone's browser allows it on our page, and the app fetches a password of its
 * own. The app's secret and the page's are two, so that who sees the link cannot fetch the password.
 */
import { portalPaths } from '../../../preload/portal.ts'
import { answerJson } from '../../http/answer-json.ts'
import { readBody, welcomeBody } from '../../http/body.ts'
import { clientName } from '../../phone-activity.ts'
import { Problem } from '../../problem.ts'
import type { Reach } from '../../reach.ts'
import { makePassword, replaceUnused } from '../../replica/credentials.ts'
import type { Replica } from '../../replica/replica.ts'
import { hashSecret } from '../../secret-hash.ts'
import { serverFor } from './addresses.ts'
import { Refusal } from './refusal.ts'
import type { Target } from './target.ts'
import type { OpenRoute, PortalMethods, Visit } from './visit.ts'

export interface LoginFlow {
  methods: Pick<PortalMethods, 'login.show' | 'login.allow'>
  /** Answers `/index.php/login/v2` and `/login/v2`, and `poll` below them. */
  route: OpenRoute
}

interface Flow {
  client: string
  address: string
  /** Hash of the app's secret. */
  poll: string
  until: number
  /** What the app fetches, once the phone's owner has allowed it. */
  login: { server: string; loginName: string; appPassword: string } | null
}

const LIFETIME = 20 * 60_000
const MOST_OPEN = 100
const MOST_OF_AN_ADDRESS = 10
const LARGEST_FORM = 4096

export function createLoginFlow(replica: Replica, reach: () => Reach): LoginFlow {
  const { world } = replica
  /** By the hash of the page's secret. */
  const flows = new Map<string, Flow>()

  function open(): Map<string, Flow> {
    for (const [key, { until }] of flows) if (until <= world.now()) flows.delete(key)
    return flows
  }

  function begin({ request, response, address }: Visit): void {
    const same = [...open().values()].filter((flow) => flow.address === address)
    if (same.length >= MOST_OF_AN_ADDRESS || flows.size >= MOST_OPEN)
      throw new Refusal(429, { 'Retry-After': '60' })
    const [token, page] = [world.random(32).toString('hex'), world.random(32).toString('hex')]
    const client = clientName(request.headers['user-agent']) ?? 'An app'
    flows.set(hashSecret(page), {
      ...{ client, address, poll: hashSecret(token), until: world.now() + LIFETIME, login: null },
    })
    const server = serverFor(reach(), request)
    answerJson(response, 200, {
      poll: { token, endpoint: `${server}/index.php/login/v2/poll` },
      login: `${server}${portalPaths.pages}#allow=${page}`,
    })
  }

  async function poll({ request, response }: Visit, { query }: Target): Promise<void> {
    const token = query.get('token') ?? (await readForm({ request, response })).get('token') ?? ''
    const [key, flow] = [...open()].find(([, one]) => one.poll === hashSecret(token)) ?? []
    if (key === undefined || !flow?.login) throw new Refusal(404)
    flows.delete(key)
    answerJson(response, 200, flow.login)
  }

  function find(page: string): Flow {
    const flow = open().get(hashSecret(page))
    if (flow && !flow.login) return flow
    throw new Problem('not-found', 'This login was used or has run out.', 'Start it in the app again.')
  }

  return {
    methods: {
      'login.show': async ({ token }) => ({ client: find(token).client }),
      'login.allow': async ({ token }, { phone, request }) => {
        const made = await makePassword(world)
        const flow = await replica.write((tx) => {
          const found = find(token)
          replaceUnused(tx, phone.id, found.client, made)
          return found
        })
        const server = serverFor(reach(), request)
        flow.login = { server, loginName: phone.user, appPassword: made.password }
        return {}
      },
    },
    async route(visit, target) {
      const below = target.segments.slice(target.segments.indexOf('v2') + 1).join('/')
      if (below !== '' && below !== 'poll') throw new Refusal(404)
      if (visit.request.method !== 'POST') throw new Refusal(405, { Allow: 'POST' })
      if (below === 'poll') await poll(visit, target)
      else begin(visit)
    },
  }
}

async function readForm({
  request,
  response,
}: Pick<Visit, 'request' | 'response'>): Promise<URLSearchParams> {
  const body = await readBody(welcomeBody(request, response), LARGEST_FORM, () => new Refusal(413))
  return new URLSearchParams(body.toString('utf8'))
}
