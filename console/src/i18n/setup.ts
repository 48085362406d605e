import i18next from 'i18next'
import toBackend from 'i18next-resources-to-backend'
import { initReactI18next } from 'react-i18next'

import type { Words } from './words'

const LANGUAGES = ['en', 'ru'] as const
export type Language = (typeof LANGUAGES)[number]

const KEPT = 'seatmark.language'

declare module 'i18next' {
  interface CustomTypeOptions {
    defaultNS: 'common'
    resources: Words
  }
}

/**
 * Words lie beside the pages that say them: `pages/people/en.json` is the namespace `people`. Where there are many they
 * are parted by noun, `pages/operator/prices.en.json`, and are one namespace all the same.
 */
const pages = import.meta.glob<Record<string, unknown>>('../pages/*/*.json', { import: 'default' })
const commons = import.meta.glob<Record<string, unknown>>('./{en,ru}/common.json', { import: 'default' })

const load = async (language: string, namespace: string) => {
  const [files, place] = namespace === 'common' ? [commons, `./${language}/`] : [pages, `../pages/${namespace}/`]
  const parts = Object.entries(files).filter(
    ([path]) =>
      path.startsWith(place) && (namespace === 'common' || /[/.]([a-z]+)\.json$/.exec(path)?.[1] === language),
  )
  if (parts.length === 0) throw new Error(`There are no words at ${place}`)
  return Object.assign({}, ...(await Promise.all(parts.map(([, words]) => words())))) as Record<string, unknown>
}

/** The reader's choice, or the first of their browser's languages that we speak. */
function chosenLanguage(): Language {
  const kept = localStorage.getItem(KEPT)
  const wanted = [kept ?? '', ...navigator.languages].map((one) => one.slice(0, 2))
  return LANGUAGES.find((one) => one === wanted.find((two) => LANGUAGES.some((three) => three === two))) ?? 'en'
}

export function chooseLanguage(language: Language): void {
  localStorage.setItem(KEPT, language)
  void i18next.changeLanguage(language)
}

export async function startWords(): Promise<void> {
  i18next.on('languageChanged', (language) => {
    document.documentElement.lang = language
  })
  await i18next
    .use(initReactI18next)
    .use(toBackend(load))
    .init({
      lng: chosenLanguage(),
      supportedLngs: LANGUAGES,
      fallbackLng: false,
      ns: ['common'],
      defaultNS: 'common',
      interpolation: { escapeValue: false },
      react: { useSuspense: true },
      showSupportNotice: false,
    })
}
