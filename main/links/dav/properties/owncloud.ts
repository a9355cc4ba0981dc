/** Live properties of files and folders that Nextcloud's and ownCloud's clients ask for, in their two namespaces. */

import { escapeText } from '../../../formats/xml.ts'
import { checksumsOf } from '../../../replica/checksums.ts'
import { folderTotals } from '../../../replica/folders.ts'
import { publicId } from '../public-id.ts'
import type { CollectionResource, Existing, FolderResource, ItemResource } from '../resource.ts'
import type { LiveProperty, PropertyContext } from './live.ts'

type LibraryResource = CollectionResource | FolderResource | ItemResource
type LibraryProperty = (resource: LibraryResource, context: PropertyContext) => string | undefined

const inLibrary =
  (property: LibraryProperty): LiveProperty =>
  (resource, context) =>
    isInLibrary(resource) ? property(resource, context) : undefined

const onFiles = (property: (resource: ItemResource, context: PropertyContext) => string | undefined) =>
  inLibrary((resource, context) => (resource.type === 'item' ? property(resource, context) : undefined))

function isInLibrary(resource: Existing): resource is LibraryResource {
  return 'collection' in resource && resource.collection.kind === 'files'
}

// A change has one number in the whole replica, so that these cannot be the same.
function idOf(resource: LibraryResource): number {
  return resource.type === 'collection' ? resource.collection.madeSeq : resource.item.itemId
}

// Letters as Nextcloud has them: readable, and what its owner may do; C and K are to make files and folders in it.
const FILE_PERMISSIONS = 'RGDNVW'
const FOLDER_PERMISSIONS = 'RGDNVCK'

export const OWNCLOUD_PROPERTIES: Readonly<Record<string, LiveProperty>> = {
  id: inLibrary((resource, { replica }) => publicId(replica, idOf(resource))),
  fileid: inLibrary((resource) => String(idOf(resource))),
  size: inLibrary(sizeOf),
  permissions: inLibrary(({ type }) => (type === 'item' ? FILE_PERMISSIONS : FOLDER_PERMISSIONS)),
  favorite: inLibrary(() => '0'),
  'owner-id': inLibrary((_resource, { phone }) => escapeText(phone.user)),
  'owner-display-name': inLibrary((_resource, { phone }) => escapeText(phone.name)),
  checksums: onFiles(({ item }, { replica }) => {
    const known = item.fileId === null ? [] : checksumsOf(replica, item.fileId)
    const text = known.map(({ kind, value }) => `${kind}:${value}`).join(' ')
    return text === '' ? undefined : `<oc:checksum>${text}</oc:checksum>`
  }),
}

export const NEXTCLOUD_PROPERTIES: Readonly<Record<string, LiveProperty>> = {
  // Until a client tells it.
  creation_time: inLibrary(() => '0'),
  upload_time: onFiles(({ item }) => String(Math.floor(item.at / 1000))),
  'has-preview': inLibrary(() => 'false'),
  'mount-type': inLibrary(() => ''),
  'is-encrypted': inLibrary(() => '0'),
}

function sizeOf(resource: LibraryResource, { replica }: PropertyContext): string {
  if (resource.type === 'item') return String(resource.item.size)
  const folder = resource.type === 'folder' ? resource.item.name : ''
  return String(folderTotals(replica, resource.collection.id, folder).bytes)
}
