/** Which phone the data of a source goes to: that which it is bound to, or one that is found or made once there is something to keep. */
import type { Source } from '../links/link.ts'
import { Problem } from '../problem.ts'
import { addCapturedPhone, findPairedPhone, findPhone, type Phone, usableName } from '../replica/phones.ts'
import type { Replica } from '../replica/replica.ts'
import { type BoundSource, bindSource, findBound } from './sources.ts'

/** A source with the phone that its data goes to. */
export interface Bound {
  source: BoundSource
  phone: Phone
}

/** The source's phone, which may be made only once something of it is there to be kept. */
export interface Binding {
  current(): Bound | undefined
  ensure(): Promise<Bound>
}

/**
 * @param wanted name of the phone, there or new; left out, a new one called as the source is.
 * @throws Problem at once when the source and that phone do not go together.
 */
export function createBinding(replica: Replica, source: Source, wanted: string | undefined): Binding {
  let bound = findBoundPhone(replica, source, wanted)
  let binding: Promise<Bound> | undefined
  if (!bound) phoneFor(replica, source, wanted)
  return {
    current: () => bound,
    ensure() {
      if (bound) return Promise.resolve(bound)
      binding ??= replica.write((tx) => {
        const planned = phoneFor(tx, source, wanted)
        const phone =
          typeof planned === 'string'
            ? addCapturedPhone(tx, replica.world, planned, platformOf(source))
            : planned
        return { phone, source: bindSource(tx, source, phone.id) }
      })
      return binding.then((made) => {
        bound = made
        return made
      })
    },
  }
}

function findBoundPhone(replica: Replica, source: Source, wanted: string | undefined): Bound | undefined {
  const known = findBound(replica, source.link, source.id)
  if (!known) return undefined
  const phone = findPairedPhone(replica, known.phoneId)
  if (!phone) {
    throw new Problem(
      'not-found',
      `“${source.name}” belongs to a phone that was removed.`,
      'Pair that phone again, or forget the source and capture it anew.',
    )
  }
  if (wanted !== undefined && findPhone(replica, wanted)?.id !== phone.id) {
    throw new Problem(
      'already-exists',
      `“${source.name}” belongs to “${phone.name}” already.`,
      'To give it to another phone, forget it first: what it brought stays with its phone.',
    )
  }
  return { source: known, phone }
}

/** The phone that a source is to be bound to, or the name of the one to be made. */
function phoneFor(reader: Pick<Replica, 'statement'>, source: Source, wanted: string | undefined) {
  const name = wanted ?? usableName(source.name, 'Phone')
  const phone = findPhone(reader, name)
  if (!phone || phone.removedAt !== null) return name
  if (wanted !== undefined) return phone
  throw new Problem(
    'already-exists',
    `There is a phone called “${phone.name}” already.`,
    'Say that its data belongs there, or give it another name.',
  )
}

function platformOf({ link }: Source) {
  return link === 'cloud' ? 'other' : link
}
