/** Works on many things over several streams at once. */

/**
 * Each stream takes the next thing once it is done with one; when one fails, the others end what they are at.
 * @throws what failed first.
 */
export async function inStreams<T>(
  streams: number,
  things: readonly T[],
  work: (thing: T, index: number) => Promise<void>,
): Promise<void> {
  const failures: unknown[] = []
  let next = 0
  async function workOn(): Promise<void> {
    while (next < things.length && failures.length === 0) {
      const index = next++
      try {
        await work(things[index]!, index)
      } catch (error) {
        failures.push(error)
      }
    }
  }
  await Promise.all(Array.from({ length: streams }, workOn))
  if (failures.length > 0) throw failures[0]
}
