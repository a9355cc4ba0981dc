/** Contacts of the window's view: all by name, or those that a search finds. */
import Dexie from 'dexie'
import type { StoredContact, ViewDatabase } from '../view/database.ts'
import { splitWords } from '../view/words.ts'

/** Those that are there, by name. Every word of `text` begins a word of theirs; none at all finds everybody. */
export async function findContacts(view: ViewDatabase, text: string): Promise<StoredContact[]> {
  const words = splitWords(text)
  if (words.length === 0) {
    return view.contacts.where('[here+sortName]').between([1, Dexie.minKey], [1, Dexie.maxKey]).toArray()
  }
  // The longest word is the rarest; the few that it finds are looked through for the others.
  const [rarest, ...others] = words.sort((a, b) => b.length - a.length)
  const found = await view.contacts.where('words').startsWith(rarest!).distinct().toArray()
  return found
    .filter((one) => one.here === 1 && others.every((word) => one.words.some((own) => own.startsWith(word))))
    .sort((a, b) => (a.sortName < b.sortName ? -1 : a.sortName > b.sortName ? 1 : 0))
}
