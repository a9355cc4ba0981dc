/** What of a phone's contacts and calendars is closed to us, told beforehand, and whose they are. */
import { expect, test } from 'vitest'
import {
  checkAccess,
  firstLine,
  listWorkProfiles,
  openProviders,
} from '../../../../main/links/android/providers.ts'
import type { Shell } from '../../../../main/links/android/shell.ts'

/** A phone whose programs say these things, by their command line's beginning. */
function phoneSaying(words: Record<string, string | { stderr: string }>): { shell: Shell; asked: string[] } {
  const asked: string[] = []
  return {
    asked,
    async shell(argv) {
      const line = argv.join(' ')
      asked.push(line)
      const said = Object.entries(words).find(([head]) => line.startsWith(head))?.[1]
      if (said === undefined) return { stdout: '', stderr: `${argv[0]}: not found`, exitCode: 127 }
      return typeof said === 'string'
        ? { stdout: `${said}\n`, stderr: '', exitCode: 0 }
        : { stdout: '', stderr: said.stderr, exitCode: 0 }
    },
  }
}

const write = async () => undefined
const REFUSED = {
  stderr:
    'Error while accessing provider:contacts\njava.lang.SecurityException: Permission Denial: opening provider\n\tat x\n',
}

test('the user at the phone is asked for, with an identity and a time zone', async () => {
  const { shell, asked } = phoneSaying({
    'am get-current-user': '11',
    'settings --user 11 get secure android_id': '0123abcd',
    'getprop persist.sys.timezone': 'Asia/Tokyo',
    'content query': 'No result found.',
  })
  const providers = await openProviders({ shell, write })
  expect(providers).toMatchObject({ user: 11, identity: '0123abcd', zone: 'Asia/Tokyo' })
  await checkAccess(shell, providers, 'contacts')
  expect(asked.at(-1)).toBe(
    'content query --user 11 --uri content://com.android.contacts/raw_contacts --projection _id --sort _id ASC --where _id=1',
  )
})

test.each([
  ['that tells nothing', {}, { user: 0, identity: '', zone: 'UTC' }],
  [
    'that tells nonsense',
    { am: 'Error: unknown command', settings: 'null', getprop: 'Mars/Olympus' },
    { user: 0, identity: '', zone: 'UTC' },
  ],
])('a phone %s is taken to be its owner’s', async (_, words, expected) => {
  expect(await openProviders({ shell: phoneSaying(words).shell, write })).toMatchObject(expected)
})

test.each([
  ['Xiaomi', 'USB debugging (Security settings)” too; it asks for a Mi account'],
  ['realme', 'Disable permission monitoring'],
  ['vivo', 'USB security operations'],
  ['Fairphone', 'its administrator may forbid it'],
])('a %s that refuses is told with what to do', async (maker, next) => {
  const { shell } = phoneSaying({ 'content query': REFUSED, 'getprop ro.product.manufacturer': maker })
  const providers = await openProviders({ shell, write })
  await expect(checkAccess(shell, providers, 'calendar')).rejects.toMatchObject({
    code: 'not-allowed',
    message: 'The phone does not let its calendars be read over USB debugging.',
    next: expect.stringContaining(next),
  })
})

test('work profiles that run are known; other users and stopped profiles are not', async () => {
  const { shell } = phoneSaying({
    'pm list users':
      'Users:\n\tUserInfo{0:Ann:4c13} running\n\tUserInfo{10:Work profile:1030} running\n\tUserInfo{11:Kid:410} running\n\tUserInfo{12:Old work:1030}',
  })
  expect(await listWorkProfiles(shell)).toEqual(['Work profile'])
  expect(await listWorkProfiles(phoneSaying({}).shell)).toEqual([])
})

test('only the first line of a program counts', async () => {
  expect(await firstLine(phoneSaying({ x: '  a b \nc' }).shell, ['x'])).toBe('a b')
})
