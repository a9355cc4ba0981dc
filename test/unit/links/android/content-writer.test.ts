/** Many calls of Android's `content` in few scripts: what goes in is what comes to the provider, and what it says is heard. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createContentWriter, type Step } from '../../../../main/links/android/content-writer.ts'
import { hostileText } from './hostile-text.ts'
import { createScriptPhone, type Manner } from './script-phone.ts'

const DATA = 'content://com.android.contacts/data'

function row(text: string): Step {
  return { command: 'insert', uri: DATA, values: { raw_contact_id: 1, mimetype: 'm', data1: text } }
}

test.each<[string, Manner]>([
  ['newer', {}],
  ['older', { isOld: true }],
])('a %s program gets each text as it is', async (_, manner) => {
  const phone = createScriptPhone(manner)
  const writer = createContentWriter(phone)
  const texts = fc.sample(fc.oneof(hostileText, fc.string({ unit: 'binary', minLength: 1 })), 250)
  const wanted = texts.map((text) => text.toWellFormed().replaceAll('\0', ''))
  expect(await writer.run(texts.map(row), {})).toEqual(new Map())
  const rows = phone.database.prepare('SELECT data1 FROM data ORDER BY _id').all()
  expect(rows.map(({ data1 }) => data1)).toEqual(wanted)
  expect(phone.scripts).toBe(3)
  expect(phone.files.size).toBe(0)
})

test('each call is for the user, and the way to write colons is found out once, without writing', async () => {
  const calls: string[] = []
  const phone = createScriptPhone({
    before: (args) => {
      calls.push(args.join(' '))
      return undefined
    },
  })
  const writer = createContentWriter(phone, 11)
  await writer.run([row('a:b')], {})
  await writer.run([row('c')], {})
  expect(calls).toEqual([
    'insert --user 11 --uri content://com.android.calendar/nowhere --bind a:s:b:c',
    String.raw`insert --user 11 --uri ${DATA} --bind raw_contact_id:l:1 --bind mimetype:s:m --bind data1:s:a\:b`,
    `insert --user 11 --uri ${DATA} --bind raw_contact_id:l:1 --bind mimetype:s:m --bind data1:s:c`,
  ])
})

test('an error is told by its step, and what a phone always says is none', async () => {
  const phone = createScriptPhone({
    before: (args) =>
      args.join().includes('nowhere')
        ? undefined
        : args.join().includes('bad')
          ? {
              stdout: '',
              stderr: 'Error while accessing provider:x\njava.lang.IllegalStateException: no\n\tat y\n',
              exitCode: 0,
            }
          : { stdout: '', stderr: 'WARNING: linker: something is odd\n', exitCode: 0 },
  })
  const said = await createContentWriter(phone).run([row('a'), row('bad'), row('b')], {})
  expect([...said]).toEqual([[1, 'java.lang.IllegalStateException: no']])
})

test('a usage text is an error', async () => {
  const usage = {
    stdout: 'usage: adb shell content\n[ERROR] Unsupported argument: --user\n',
    stderr: '',
    exitCode: 0,
  }
  const said = await createContentWriter(createScriptPhone({ before: () => usage })).run([row('a')], {})
  expect([...said]).toEqual([[0, '[ERROR] Unsupported argument: --user']])
})

test('a script that is cut short is no success', async () => {
  const phone = createScriptPhone()
  const shell: typeof phone.shell = async (argv) =>
    argv[0] === 'sh' ? { stdout: '', stderr: 'Killed\n', exitCode: 137 } : phone.shell(argv)
  await expect(createContentWriter({ ...phone, shell }).run([row('a')], {})).rejects.toThrow('Killed')
})

test('it is stopped between two scripts, and tells how far it is', async () => {
  const phone = createScriptPhone()
  const stop = new AbortController()
  const told: number[] = []
  const watch = {
    signal: stop.signal,
    report({ items }: { items: number }) {
      told.push(items)
      if (items > 0) stop.abort()
    },
  }
  const steps = Array.from({ length: 300 }, (_, n) => row(String(n)))
  await expect(createContentWriter(phone).run(steps, watch)).rejects.toMatchObject({ code: 'cancelled' })
  expect(told).toEqual([0, 100])
  expect(phone.database.prepare('SELECT count(*) AS n FROM data').get()).toEqual({ n: 200 })
})
