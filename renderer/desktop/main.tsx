/** The window's start: its words, its way to the engine, its pages. */
import '@mantine/core/styles.css'
import { MantineProvider } from '@mantine/core'
import { createRoot } from 'react-dom/client'
import { App } from './app/app.tsx'
import { colours, theme } from './app/theme.ts'
import { takeToken } from './engine/way-in.ts'
import { openWords } from './words/words.ts'

// Styles that are made while the window runs carry the nonce that our own files came with.
const nonce = document.querySelector<HTMLElement>('script[nonce]')?.nonce ?? ''
const token = takeToken()

await openWords(navigator.language)
createRoot(document.getElementById('root')!).render(
  <MantineProvider
    theme={theme}
    cssVariablesResolver={colours}
    defaultColorScheme="auto"
    getStyleNonce={() => nonce}
  >
    <App token={token} />
  </MantineProvider>,
)
