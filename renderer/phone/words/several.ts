/** Counts with what is counted, in the singular where there is one. */
import { formatCount } from '../format.ts'

export const several = (count: number, one: string, many: string) =>
  `${formatCount(count)} ${count === 1 ? one : many}`
export const files = (count: number) => several(count, 'file', 'files')
