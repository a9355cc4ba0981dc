/** The secrets of sources that their owner wished to be kept: the values in the keychain, which there are in the database. */
import { hash } from 'node:crypto'
import type { Source } from '../links/link.ts'
import type { Replica } from '../replica/replica.ts'
import type { Secrets } from '../secrets.ts'

type Whose = Pick<Source, 'link' | 'id'>

export interface KeptSecrets {
  names(source: Whose): string[]
  read(source: Whose): Promise<Record<string, string>>
  /** Resolves once they are durable. */
  keep(source: Whose, values: Readonly<Record<string, string>>): Promise<void>
  forget(source: Whose): Promise<void>
}

export function keptSecrets(replica: Replica, secrets: Secrets): KeptSecrets {
  const names = ({ link, id }: Whose) =>
    replica
      .statement('SELECT name FROM source_secrets WHERE link = ? AND source_id = ? ORDER BY name')
      .all(link, id)
      .map((row) => String(row.name))
  return {
    names,
    async read(source) {
      const values: Record<string, string> = {}
      for (const name of names(source)) {
        const value = await secrets.read(placeOf(source, name))
        if (value !== undefined) values[name] = value
      }
      return values
    },
    async keep(source, values) {
      for (const [name, value] of Object.entries(values)) {
        await replica.write((tx) =>
          tx
            .statement('INSERT OR IGNORE INTO source_secrets (link, source_id, name) VALUES (?, ?, ?)')
            .run(source.link, source.id, name),
        )
        await secrets.write(placeOf(source, name), value)
      }
    },
    async forget(source) {
      for (const name of names(source)) await secrets.remove(placeOf(source, name))
      await replica.write((tx) =>
        tx
          .statement('DELETE FROM source_secrets WHERE link = ? AND source_id = ?')
          .run(source.link, source.id),
      )
    },
  }
}

// An id may have signs that no file name can have.
function placeOf({ link, id }: Whose, name: string): string {
  return `source-${link}-${hash('sha256', id).slice(0, 16)}-${name}`
}
