/** Small line drawings beside words; they carry no meaning of their own, so readers skip them. */
import { drawing } from '../element.ts'

const PATHS = {
  home: 'M4 11.500 12 4l8 7.500M6 10v9.500h12V10M10 19.500v-5h4v5',
  photos: 'M4 6.500h16v12H4zM4 15.500l4.500-4 4 3.500 3-2.500 4.500 3.500M15.500 10a1 1 0 1 0 .01 0',
  send: 'M12 12a3.500 3.500 0 1 0-.01 0M5 20c0-4 3-6 7-6s7 2 7 6',
  safe: 'M12 3.500 19 6v6c0 4.500-3 7-7 8.500C8 19 5 16.500 5 12V6zM9 12l2.200 2.200L15.200 10',
  back: 'M4.500 5v5h5M5 10a7.500 7.500 0 1 1-.5 4.500',
  phone: 'M7.500 3.500h9v17h-9zM10.500 17.500h3',
  setup: 'M5 8h8M17 8h2M15 6v4M5 16h2M11 16h8M9 14v4',
  files: 'M4 6h6l2 2.500h8V19H4z',
  film: 'M4 6h16v12H4zM10.500 9.500v5l4-2.500z',
  good: 'M12 3.500a8.500 8.500 0 1 0 .01 0M8.200 12.200l2.600 2.600 5-5.300',
  bad: 'M12 3.500a8.500 8.500 0 1 0 .01 0M12 8v5M12 16v.2',
  wait: 'M12 3.500a8.500 8.500 0 1 0 .01 0M12 7.500V12l3 2',
  calendar: 'M4.500 6h15v13.500h-15zM4.500 10h15M8.500 4v3.500M15.500 4v3.500',
  tasks:
    'M5 7l1.500 1.500L9 6M5 13l1.500 1.500L9 12M12 7.500h7M12 13.500h7M5 19l1.500 1.500L9 18M12 19.500h7',
  close: 'M7 7l10 10M17 7 7 17',
  left: 'M14 6l-6 6 6 6',
  right: 'M10 6l6 6-6 6',
  again: 'M19.500 5v5h-5M19 10a7.500 7.500 0 1 0 .5 4.500',
  offline:
    'M4 4l16 16M8.500 15.500a5 5 0 0 1 3.500-1.300M5.500 12a9 9 0 0 1 4-2.300M14 9.800a9 9 0 0 1 4.500 2.200M12 18.500v.2',
} as const

export type IconName = keyof typeof PATHS

export function icon(name: IconName): SVGElement {
  return drawing('svg', { class: 'icon', viewBox: '0 0 24 24', 'aria-hidden': 'true', focusable: 'false' }, [
    drawing('path', { d: PATHS[name] }),
  ])
}
