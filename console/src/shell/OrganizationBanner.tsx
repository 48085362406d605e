import { useTranslation } from 'react-i18next'

import { useFormats } from '../i18n/format'
import { changeLink } from '../pages/seats/choice'
import { ButtonLink } from '../ui/Button'
import { Notice } from '../ui/Notice'
import { useMay, useOrganization, useOwnMember } from './OrganizationShell'
import styles from './OrganizationBanner.module.css'
import { useContacts } from './useContacts'

/** What holds on every page: that one can only read, and whom to ask; that data will be deleted; that time is simulated. */
export function OrganizationBanner() {
  const { t } = useTranslation()
  const format = useFormats()
  const organization = useOrganization()
  const { testClock, purgeAt, viewerAccess, state, timeZone } = organization
  return (
    <div className={styles.banner}>
      {testClock && (
        <Notice tone="warn">{t('banner.clock', { now: format.zonedInstant(testClock.now, timeZone) })}</Notice>
      )}
      {purgeAt !== null && state === 'RETENTION' && (
        <Notice tone="bad" title={t('banner.purge', { at: format.zonedInstant(purgeAt, timeZone) })}>
          {t('banner.purgeWhy')}
        </Notice>
      )}
      {organization.suspended && <Notice tone="bad" title={t('banner.suspended')} />}
      {state === 'CLOSED' && <Notice tone="bad" title={t('banner.closed')} />}
      {viewerAccess === 'READ_ONLY' && state !== 'CLOSED' && !organization.suspended && <ReadOnly />}
    </div>
  )
}

/** Who has no seat asks for one, or takes it if it is theirs to give. */
function ReadOnly() {
  const { t } = useTranslation()
  const format = useFormats()
  const { slug } = useOrganization()
  const own = useOwnMember()
  const contacts = useContacts()
  if (useMay()('SEAT_MANAGE') && own) {
    const take = changeLink(slug, { add: [`member:${own.id}`] })
    return <Notice title={t('banner.readOnly')} actions={<ButtonLink {...take}>{t('banner.take')}</ButtonLink>} />
  }
  return (
    <Notice title={t('banner.readOnly')}>
      {contacts.length > 0 && t('banner.ask', { who: format.list(contacts.map((one) => one.name)) })}
    </Notice>
  )
}
