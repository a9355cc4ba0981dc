/** Colours and shapes of the window. The green is that of the phone's pages; each shade was chosen to pass WCAG 2.2 AA on its ground. */
import { type CSSVariablesResolver, createTheme, type MantineColorsTuple } from '@mantine/core'

const keep: MantineColorsTuple = [
  '#e8f5f3',
  '#cfe6e3',
  '#a3cfc9',
  '#74b6ae',
  '#4a9d94',
  '#2a857b',
  '#0d6e65',
  '#0d5f58',
  '#0a4c47',
  '#063733',
]

export const theme = createTheme({
  primaryColor: 'keep',
  primaryShade: { light: 7, dark: 6 },
  colors: { keep },
  defaultRadius: 'md',
  fontFamily: 'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif',
  cursorType: 'pointer',
  respectReducedMotion: true,
})

/** Mantine's own grey for lesser texts is too light to pass. */
export const colours: CSSVariablesResolver = () => ({
  variables: {},
  light: { '--mantine-color-dimmed': '#5b6361' },
  dark: { '--mantine-color-dimmed': '#a5adab' },
})
