import { useTranslation } from 'react-i18next'

import type { DocumentLanguage } from '../../graphql/generated/schema'
import { useChange } from '../../graphql/refusals'
import { useMay, useOrganization } from '../../shell/OrganizationShell'
import { Card } from '../../ui/Card'
import { Checkbox, Select } from '../../ui/Field'
import { RefusalNotice } from '../../ui/Notice'
import { type SettingsQuery, UpdateNotificationsDocument } from './settings.generated'

type Told = NonNullable<NonNullable<SettingsQuery['organization']>['notificationSettings']>
type NotificationsProps = { settings: Told; onSaved: () => void }

/** What the reader wants to be told; each is kept as soon as it is chosen. */
export function Notifications({ settings, onSaved }: NotificationsProps) {
  const { t } = useTranslation('settings')
  const may = useMay()
  const { id: organizationId } = useOrganization()
  const { change, isPending, refusal } = useChange(UpdateNotificationsDocument)
  const keep = async (part: Partial<Omit<Told, '__typename'>>) => {
    const { done } = await change({ input: { organizationId, ...part } })
    if (done) onSaved()
  }
  const checkbox = (what: 'watchedIssues' | 'ownChanges' | 'billingMails') => (
    <Checkbox
      label={t(`told.${what}`)}
      isSelected={settings[what]}
      isDisabled={isPending}
      onChange={(is) => void keep({ [what]: is })}
    />
  )
  const languages: { id: DocumentLanguage | 'USUAL'; label: string }[] = [
    ...(settings.language === null ? [{ id: 'USUAL' as const, label: t('told.usual') }] : []),
    { id: 'EN', label: 'English' },
    { id: 'RU', label: 'Русский' },
  ]
  return (
    <Card title={t('told.title')}>
      <RefusalNotice refusal={refusal} />
      {checkbox('watchedIssues')}
      {checkbox('ownChanges')}
      {may('BILLING_VIEW') && checkbox('billingMails')}
      <Select
        label={t('told.language')}
        value={settings.language ?? 'USUAL'}
        choices={languages}
        isDisabled={isPending}
        onChange={(language) => {
          if (language !== 'USUAL') void keep({ language })
        }}
      />
    </Card>
  )
}
