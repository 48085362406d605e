import { Languages, SunMoon } from 'lucide-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'

import { chooseLanguage, type Language } from '../i18n/setup'
import { Menu } from '../ui/Menu'
import { chooseTheme, chosenTheme, type Theme, THEMES } from '../ui/theme'

/** The reader's language and colors. */
export function Preferences() {
  const { t, i18n } = useTranslation()
  const [theme, setTheme] = useState(chosenTheme)
  return (
    <div role="group" aria-label={t('preferences')}>
      <Menu
        label={t('language')}
        trigger={<Languages size={18} aria-hidden />}
        chosen={i18n.language}
        items={[
          { id: 'en', label: 'English' },
          { id: 'ru', label: 'Русский' },
        ]}
        onAction={(id) => {
          chooseLanguage(id as Language)
        }}
      />
      <Menu
        label={t('theme.title')}
        trigger={<SunMoon size={18} aria-hidden />}
        chosen={theme}
        items={THEMES.map((one) => ({ id: one, label: t(`theme.${one}`) }))}
        onAction={(id) => {
          chooseTheme(id as Theme)
          setTheme(id as Theme)
        }}
      />
    </div>
  )
}
