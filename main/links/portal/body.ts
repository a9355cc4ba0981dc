/** Bodies of calls: JSON, within a limit. */
import { readBody, welcomeBody } from '../../http/body.ts'
import { Refusal } from './refusal.ts'
import type { Visit } from './visit.ts'

/**
 * @param limit most bytes.
 * @throws Refusal 415 for any other type (which also makes a browser ask first before another site may send it), 413 when it is too
 *   large, 400 when it cannot be read.
 */
export async function readJson({ request, response }: Visit, limit: number): Promise<unknown> {
  if (!/^application\/json\s*(;|$)/i.test(request.headers['content-type'] ?? '')) throw new Refusal(415)
  const bytes = await readBody(welcomeBody(request, response), limit, () => new Refusal(413))
  try {
    return JSON.parse(bytes.toString('utf8'))
  } catch {
    throw new Refusal(400)
  }
}
