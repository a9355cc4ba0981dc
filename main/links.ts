/** The one list of links to data that lies elsewhere. A new kind of phone is one more line here. */
import { createCloudLink } from './links/cloud/cloud.ts'
import type { Link, LinkKind, LinkMemory } from './links/link.ts'
import type { Replica } from './replica/replica.ts'
import { readSetting, writeSetting } from './replica/settings.ts'

export function createLinks(replica: Replica): Link[] {
  return [createCloudLink({ memory: linkMemory(replica, 'cloud'), now: replica.world.now })]
}

/** What a link's owner told it, kept beside the data. */
export function linkMemory(replica: Replica, kind: LinkKind): LinkMemory {
  const key = `link:${kind}`
  return {
    read() {
      const text = readSetting(replica, key)
      return text === undefined ? undefined : JSON.parse(text)
    },
    write: (value) => replica.write((tx) => writeSetting(tx, key, JSON.stringify(value))),
  }
}
