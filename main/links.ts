/** The one list of links to data that lies elsewhere. A new kind of phone is one more line here. */
import dns from 'node:dns/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { startInstalledServer, usualServer } from './links/android/adb-server.ts'
import { createAndroidLink } from './links/android/android.ts'
import { createCloudLink } from './links/cloud/cloud.ts'
import { usualPlaces } from './links/iphone/backup-folder.ts'
import { installedTools } from './links/iphone/connected/tools.ts'
import { createIphoneLink } from './links/iphone/iphone.ts'
import type { Link, LinkKind, LinkMemory } from './links/link.ts'
import type { Replica } from './replica/replica.ts'
import { readSetting, writeSetting } from './replica/settings.ts'

/** @param dataFolder in which links may have a folder of their own for what they need for a while. */
export function createLinks(replica: Replica, dataFolder: string): Link[] {
  const { platform, env } = process
  return [
    createAndroidLink({
      at: usualServer(env),
      start: startInstalledServer,
      now: replica.world.now,
      own: { memory: linkMemory(replica, 'android'), keyFile: join(dataFolder, 'android', 'key.pem') },
    }),
    createIphoneLink({
      places: usualPlaces({ platform, home: homedir(), appData: env.APPDATA }),
      own: join(dataFolder, 'iphone-backups'),
      memory: linkMemory(replica, 'iphone'),
      temporary: join(dataFolder, 'iphone-temporary'),
      run: installedTools(env),
      now: replica.world.now,
    }),
    createCloudLink({
      memory: linkMemory(replica, 'cloud'),
      ...{ now: replica.world.now, random: replica.world.random, dns },
    }),
  ]
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
