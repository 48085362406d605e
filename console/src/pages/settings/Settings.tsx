import { useTranslation } from 'react-i18next'

import { useLiveQuery } from '../../graphql/live'
import { Loading } from '../../shell/Loading'
import { MayNot } from '../../shell/MayNot'
import { useMay, useOrganization, useOwnMember } from '../../shell/OrganizationShell'
import { Unavailable } from '../../shell/Unavailable'
import { OWNERS } from '../../shell/useContacts'
import { Cards } from '../../ui/Card'
import { Page } from '../../ui/Page'
import { Closing } from './Closing'
import { ExportCard } from './ExportCard'
import { Limits } from './Limits'
import { Name } from './Name'
import { Notifications } from './Notifications'
import { SettingsDocument } from './settings.generated'
import { Zone } from './Zone'

/** What the organization is called, when its months end, what it may cost; taking it along, and closing it. */
export function Settings() {
  const { t } = useTranslation('settings')
  const may = useMay()
  const own = useOwnMember()
  const { slug, state, id, name, timeZone } = useOrganization()
  const [{ data, error }, again] = useLiveQuery({ query: SettingsDocument, variables: { slug } })
  if (error && !data) return <Unavailable error={error} onRetry={again} />
  if (!data) return <Loading />
  const isOpen = state !== 'CLOSED'
  const manages = may('ORGANIZATION_MANAGE')
  const seats = data.organization?.seats
  const notifications = data.organization?.notificationSettings
  const canExport = may('BILLING_VIEW') && (own === null || own.role === 'OWNER' || own.role === 'ADMIN')
  return (
    <Page title={t('title')}>
      {!manages && <MayNot roles={OWNERS}>{t('mayNot')}</MayNot>}
      <Cards>
        {manages && isOpen && seats && <Limits seats={seats} key={limitsKey(seats)} />}
        {manages && isOpen && <Name key={`${id} ${name}`} />}
        {manages && isOpen && <Zone key={timeZone} />}
        {notifications && (
          <Notifications
            settings={notifications}
            onSaved={() => {
              again({ requestPolicy: 'network-only' })
            }}
          />
        )}
        {canExport && <ExportCard />}
        {manages && <Closing />}
      </Cards>
    </Page>
  )
}

/** Another limit, set by whomever, is what the inputs begin with. */
const limitsKey = (seats: { seatCap: number | null; budget: { amount: string } | null }) =>
  `${String(seats.seatCap)} ${seats.budget?.amount ?? ''}`
