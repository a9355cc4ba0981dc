/** The id of an item as Nextcloud's apps know it. */
import type { Replica } from '../../replica/replica.ts'

/** @param id `Item.itemId`, or the change that made the collection. Made like Nextcloud's: eight digits, then the name of this instance. */
export function publicId({ epoch }: Pick<Replica, 'epoch'>, id: number): string {
  return `${String(id).padStart(8, '0')}oc${epoch.slice(0, 10)}`
}
