/** Methods by which a window fills its view of the replica and keeps it up to date. */
import { countView, listViewCollections, pageOfDeleted, pageOfView, viewChanges } from '../replica/view.ts'
import type { Methods, Tools } from './methods.ts'

type ViewMethods = Pick<Methods, 'view.start' | 'view.page' | 'view.deleted' | 'view.changes'>

export function viewMethods({ replica }: Tools): ViewMethods {
  return {
    'view.start': async () => ({
      epoch: replica.epoch,
      seq: replica.lastSeq(),
      collections: listViewCollections(replica),
      counts: countView(replica),
    }),
    'view.page': async ({ table, after, most }) => pageOfView(replica, table, after, most),
    'view.deleted': async ({ table, after, most }) => pageOfDeleted(replica, table, after, most),
    'view.changes': async ({ since, most }) => {
      const newest = replica.lastSeq()
      const { rows, left, seq } = viewChanges(replica, since, most, newest)
      const collections = listViewCollections(replica)
      return { epoch: replica.epoch, seq, more: seq < newest, collections, rows, left }
    },
  }
}
