import { useTranslation } from 'react-i18next'

import type { Role } from '../graphql/generated/schema'
import { useFormats } from '../i18n/format'
import { Notice } from '../ui/Notice'
import { useOrganization } from './OrganizationShell'
import { useContacts } from './useContacts'

type MayNotProps = {
  children: string
  /** Who may; owners and admins unless told. */
  roles?: readonly Role[]
}

/** What the reader may not do here, and whom to ask for it. */
export function MayNot({ children, roles }: MayNotProps) {
  const { t } = useTranslation()
  const format = useFormats()
  const { state } = useOrganization()
  const contacts = useContacts(roles)
  const who = format.list(contacts.map((one) => one.name))
  return (
    <Notice title={children}>
      {t('mayNot.state', { state: t(`state.${state}`) })} {contacts.length > 0 && t('mayNot.ask', { who })}
    </Notice>
  )
}
