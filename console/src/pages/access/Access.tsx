import { useTranslation } from 'react-i18next'

import type { Permission } from '../../graphql/generated/schema'
import { useLiveQuery } from '../../graphql/live'
import { useFormats } from '../../i18n/format'
import { Loading } from '../../shell/Loading'
import { useMay, useOrganization, useOwnMember } from '../../shell/OrganizationShell'
import { Unavailable } from '../../shell/Unavailable'
import { useContacts } from '../../shell/useContacts'
import { Badge } from '../../ui/Badge'
import { Card, Cards, Facts } from '../../ui/Card'
import { Notice } from '../../ui/Notice'
import { Page } from '../../ui/Page'
import { useWhat } from '../billing/useCause'
import { OwnAccessDocument, type OwnAccessQuery } from './access.generated'
import styles from './Access.module.css'
import { sourceName } from './sources'

type Own = Extract<NonNullable<OwnAccessQuery['node']>, { __typename: 'Member' }>

/** What the reader may do here, why, until when, and whom to ask for more. */
export function Access() {
  const { t } = useTranslation('access')
  const own = useOwnMember()
  const [{ data, error }, again] = useLiveQuery({
    query: OwnAccessDocument,
    variables: { memberId: own?.id ?? '' },
    pause: own === null,
  })
  if (!own) return <Page title={t('title')}>{<Notice>{t('noMember')}</Notice>}</Page>
  if (error && !data) return <Unavailable error={error} onRetry={again} />
  if (data?.node?.__typename !== 'Member') return <Loading />
  const member = data.node
  return (
    <Page title={t('title')} lead={t(`lead.${member.access ?? 'NONE'}`)}>
      <Cards>
        <Why member={member} />
        <Seat member={member} />
        <Contacts />
        <Abilities />
      </Cards>
    </Page>
  )
}

const TONES = { FULL: 'good', READ_ONLY: 'warn', NONE: 'bad' } as const

function Why({ member }: { member: Own }) {
  const { t } = useTranslation('access')
  const { t: common } = useTranslation()
  const format = useFormats()
  const { timeZone } = useOrganization()
  const access = member.access ?? 'NONE'
  const reason = member.accessReason
  return (
    <Card title={t('why')}>
      <p>
        <Badge tone={TONES[access]}>{common(`access.${access}`)}</Badge>
      </p>
      {reason && <p>{t(`code.${reason.code}`)}</p>}
      {reason?.validUntil && <p>{t('until', { at: format.zonedInstant(reason.validUntil, timeZone) })}</p>}
      <Facts facts={[[t('role'), common(`role.${member.role}`)] as const]} />
    </Card>
  )
}

function Seat({ member }: { member: Own }) {
  const { t } = useTranslation('access')
  const format = useFormats()
  const { timeZone } = useOrganization()
  const whatOf = useWhat()
  const { seat, lastSeat, waiting } = member
  return (
    <Card title={t('seat')}>
      {seat && (
        <>
          <p>{t('since', { at: format.instant(seat.grantedAt, timeZone) })}</p>
          <ul>
            {seat.sources.map((source) => (
              <li key={source.id}>{sourceName(t, source)}</li>
            ))}
          </ul>
        </>
      )}
      {!seat && <p>{t('noSeat')}</p>}
      {!seat && lastSeat?.revokedAt && (
        <p>
          {t('lastSeat', {
            at: format.instant(lastSeat.revokedAt, timeZone),
            why: whatOf(lastSeat.endReason ?? ''),
          })}
        </p>
      )}
      {(waiting ?? []).map((one) => (
        <Notice key={one.subscription.id} tone="warn">
          {t('waiting', { at: format.instant(one.since, timeZone) })}
        </Notice>
      ))}
    </Card>
  )
}

function Contacts() {
  const { t } = useTranslation('access')
  const { t: common } = useTranslation()
  const contacts = useContacts()
  if (contacts.length === 0) return null
  return (
    <Card title={t('contacts')}>
      <ul className={styles.contacts}>
        {contacts.map((one) => (
          <li key={one.id}>
            {one.name} <span className="soft">{common(`role.${one.role}`)}</span>
            {one.email !== null && <a href={`mailto:${one.email}`}>{one.email}</a>}
          </li>
        ))}
      </ul>
    </Card>
  )
}

const ABILITIES: readonly Permission[] = [
  'ISSUE_VIEW',
  'QUEUE_VIEW',
  'ISSUE_CREATE',
  'ISSUE_UPDATE',
  'ISSUE_TRANSITION',
  'ISSUE_COMMENT',
  'ISSUE_WATCH',
  'BOARD_MANAGE',
  'QUEUE_MANAGE',
  'DATA_EXPORT',
  'MEMBER_VIEW',
  'MEMBER_MANAGE',
  'SEAT_VIEW',
  'SEAT_MANAGE',
  'BILLING_VIEW',
  'BILLING_MANAGE',
  'ORGANIZATION_MANAGE',
  'API_KEY_MANAGE',
  'WEBHOOK_MANAGE',
  'AUDIT_VIEW',
]

function Abilities() {
  const { t } = useTranslation('access')
  const may = useMay()
  return (
    <Card title={t('abilities')} isWide>
      <ul className={styles.abilities}>
        {ABILITIES.map((ability) => (
          <li key={ability}>
            <Badge tone={may(ability) ? 'good' : 'plain'}>{may(ability) ? t('yes') : t('no')}</Badge>
            <span className={may(ability) ? undefined : 'soft'}>{t(`ability.${ability as 'ISSUE_VIEW'}`)}</span>
          </li>
        ))}
      </ul>
    </Card>
  )
}
