/** A whole repository made by restic 0.19.1, as base64: `a.txt`, `empty` and `sub/b.bin`, backed up with the tags t1 and t2. */
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'

export const REFERENCE_PASSWORD = 'geheim ✓'

export const REFERENCE_KEY_FILE =
  '{"created":"2026-11-22T20:17:12.602513932Z","username":"root","hostname":"vm","kdf":"scrypt","N":32768,"r":8,"p":6,"salt":"AD1qS1VbzlfTEwGSBmB/PFYYMxUdrW/47ZKufnpcqo9K/wsiM57cZwEx3T1eKlLdKA3wNU3qMxNvfpBer4IYzA==","data":"LWGQRiTrmjkl92/VGCcjs7lHeOPURqYL3EV5R2Dj5AWTx129APdW1idRX2up+RDWj9E30zgD3eecBC4X3Nx6rkluT8MVWSLA0iIxMYWyQ0VNwDpHWy+VMtMOt30R7FrdrIgCRM1mj1in4Sl1jkS0wZ3vrHlb+5Hg03LjilRmdAqwGYJKI0Qg4rcc9AL8lmf+blAoCgnG1GQngZx3UwbbkQ=="}'

/** Stored files by path. */
export const REFERENCE_FILES: Readonly<Record<string, string>> = {
  config:
    'G2YC2/6XiSNMQ8i3TG/VjQt+taDRa08sLm/R1XAWKvvSuG9+MQGiCE19BZuEu5ghZxw9pTUUkI8t8/V+tVbJgrCXgKtdZmkTWLsGNCzgnSwnQ5M/ukfuV00Q+lXlCsHAPQnAjPJkwHt3drEFpes0rB7FQfTyHKl/wjKJklK61iPqORzCIXFX+vQlIFVtCPT9gLamrTUlH/Mf5QY=',
  'data/ca/cac06f54356e1a55a0f7dd2e07ff896977544229e473053fe6c5634124a93df7':
    'F7+oXMGi+EOwEc5R8uzK5vBgvIXP9jRxP/n7XsE49TbVzO4CUw9X/h0r0SkHQIq8t5M10w96Mfk/zpoo7jJBUlJtjpeDnKEWr7QYhIE+UON5VkHIkykqyvOEBBxtN602NhlwmA/2xFUU/MTpyK3nXiCyfzJ0amXlm5mBcPPRo/ifJNsDCCAuyN++9YbpJBTd5l33dOaFlqUau958fN/KcToQhfqDKndw6C9iIIo+2Ao0ezoaDpJ+zwZZ9tEDj8NPo4wjQV4dt6V87MrraWBytfO37wZyAAAA',
  'data/e5/e5d11ca4414e9e5f564b2132f82c6399183f12daf7d92e798066db987ecc7f56':
    'oM4A2YtZfLf4c73H4qSI8UBgC3CBJYig5nJq9938CP/oi2XJrDGHbyj2E+mSavRa+2rOhXVnTlmP4/Y4vaIT0MTqvD78qa+aeVLQZHTmMhiXWaN8M3yVRF7wCDKNgz7mZFfaTc3i/5gtQFW1OkFxa4LLITO8oFyyq+U4CzY/GSVziBfKWWhX2qh4wrByZwRhfHf/+Agm3POEV2IZW/lBdErFB1hFp/BSswcmHRzEK0jbJIyuSqHkeH6LTB711NGlzKCgzt5Gu10veGfJKGWbgVGSlp+2EmvclqoUlOJP5H5m29Fr3w5TQhYPztpbgCU19ojMz+GH2MyHPmJ85B1G7dRiKLP4QQK/2EApXc62AwLjwSgpAs8Gym/tPeGui+ltsGHKo3ZfrhQ+uqEsal5uexr8B5Bt7ajZK1Ib1AQlM/xgFJuY5f3Y7DT72UJiImHFTMrza9mLku805B4IbNwVOznz4BbgVXYn6fSC5BeLopyurgx7+4mDX2vmeujh2waJYkBKaraKhVzf9y7FhOt+/pPi2cFt7k2nP8nu+o4uXU03UDD3yh96y+glYLyGlS39QFjIJQK1Jv4wqZJ3yIPiehRRbDJ3r9+2ArhYWwRhYXTvDRfhr2QBPkCP8wPXxqOxxAPiiQVWzCsKVj0cMmScLG/0WZQ+r8H7OFCWhvqQ3VDqSERhbWeA2dNGEepmaWlnYGe36whdqs9S8EiyBBY4gn2QXjZmcFWwAP3MfiSmxe7EdeCncatu3/9CDDtuIVk9/7AsUBjzqxLna8WPipVCBrxyzUfk4yj52faN2q69m9s09QjmFVXCz3NencNhuKy3wlEkdd4QLUx3CdA745u1Qw2wCC8AR3a3PEeJF+519lY7qnZp/zq5C6v1M085J5LDBnjCOYsrX8ZzTV7ZDdxH5YyKyMSE0QOOVLuXeoxDkmtzDNhhowpFzGtjjOjgDrXJfAjIoz9D5Tab0fqAUlMUj5LWrv5QXWhMheEciLtyAAAA',
  'index/b73eca2f9f034e49ebc5d8c3493c4acf989d53b23de1004d680fdac82dede53d':
    '207UnsODv90FfMgSMmNG3AT8KUXT5xL7nLq3mkGcQ/xK4bVdVwF7j2IAL+itr8Hce2nly+pIh3anObSnhuyT2XCG4WlLtMbt5p9GsiEP1VvFkyxKdXPB4onUjtVR1jt+4u7v8EGYMcYUycWeeeGTPot6HQSAB2QGOFsM20zT8wi+B8+H1IBAIDqS+blm/cYtYYOrdQCpu1gwUN7XUzzXrYLxDtrDLb5UtjA8nmr+sT0xY1w0WkSE0eWnxmnWAqH/Ht9Z6Y3xKx9A1g+4188U3t1B7itp5icxVwdtkFcNcqIEp5wvTzPQ+9ZVJOdeFYpH7vwPU61DUXWVXgY2iQxd4GYFK0NOgDFI0NrHAtUG7SfC5PVamlUuICKYahFzybrITpewIaTCBVnVJCcOdSgBz3m7pc2f63Dc77IJW5IjmSlo9DFz+sQ3s7gEQOdugXwBYocrwHZcxRHsMB5HdkbPG4E1eAgf1H+0Dga+ndddmYZ6CuGUDF4GdE+tEwAmvi7U7WDYdK/9MLYuCzzQdVNIMs3gkru4U/g=',
  'snapshots/cb753f30133a9c363c5af90a73802a47a7a65ed072f2c5fb68ea04dcc1097a5f':
    '2nydwbCrF7x8HqRV/7wzFv6NCSflL0K1Vq9hYGqA9ujbJVQoZ7E8GAY9oYUFti6mWQorFkqdK8gSvVPCI0EDJ4tANdhJzinwhoZ9jICmgRs3dt1tsIGK0WCfrWrABe8w5Q4QRziEEC4wNGZO1uBv2bystg8SGjXlJqNibV5nASi9XlsnkT/3vdO0Yi/396qL2BtSnLLfifpOTCiRqaKFwu2UaojEsWjTNR0FRkuFVZPlcPALMUikG6wQs921ekdPPIjenGG8/kRW7nMD/eppf8Owr8l4SeqGI9JBPneG7ijEBKXqyAT77qnCgvFdVb28Hew6fBaoNpotNvS/kr+3qDu0b7ZhLZU9IxireCOJ5In+57VmMLw20P0CAc6ph6qzrdu7IvE225VUh4KqT6AGo91JhfJnxCTb9SumosaIdCcJcJzD9T4vo2sdGYdN2UCSNl64fy9vFYV6xBsFwXq+8r6E6mAD50uU',
}
const KEY_PATH = 'keys/88f6f2f79cd5910a1047c41d4d2da0e5dca110badfb794444cd53ad30283a1a7'

/** Writes the repository into a folder. */
export async function writeReferenceVault(folder: string): Promise<void> {
  const files = { ...REFERENCE_FILES, [KEY_PATH]: Buffer.from(REFERENCE_KEY_FILE).toString('base64') }
  for (const [path, base64] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true })
    await writeFile(join(folder, path), Buffer.from(base64, 'base64'))
  }
}
