import { useTranslation } from 'react-i18next'

import { useFormats } from '../i18n/format'
import { Notice } from '../ui/Notice'
import { useOrganization } from './OrganizationShell'

/** What the reader may not do here, and whom to ask for it. */
export function MayNot({ children }: { children: string }) {
  const { t } = useTranslation()
  const format = useFormats()
  const { contacts, state } = useOrganization()
  const who = format.list(contacts.map((one) => one.name))
  return (
    <Notice title={children}>
      {t('mayNot.state', { state: t(`state.${state}`) })} {contacts.length > 0 && t('mayNot.ask', { who })}
    </Notice>
  )
}
