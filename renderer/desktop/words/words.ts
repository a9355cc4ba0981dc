/** The window's languages: chosen by the system's, changed in the settings. */
import i18next from 'i18next'
import { initReactI18next } from 'react-i18next'
import { de } from './de.ts'
import { en } from './en.ts'

export async function openWords(language: string): Promise<void> {
  await i18next.use(initReactI18next).init({
    resources: { en: { translation: en }, de: { translation: de } },
    lng: language,
    fallbackLng: 'en',
    supportedLngs: ['en', 'de'],
    nonExplicitSupportedLngs: true,
    // React escapes what it shows.
    interpolation: { escapeValue: false },
  })
  document.documentElement.lang = i18next.resolvedLanguage ?? 'en'
}
