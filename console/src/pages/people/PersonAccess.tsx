import { useTranslation } from 'react-i18next'

import { useFormats } from '../../i18n/format'
import { useOrganization } from '../../shell/OrganizationShell'
import { Badge } from '../../ui/Badge'
import { Card } from '../../ui/Card'
import { Notice } from '../../ui/Notice'
import { ACCESS_TONES } from './choices'
import type { PersonDetailsFragment, SpanDetailsFragment } from './person.generated'
import { Source, Sources } from './sources'
import { useEnding } from './ending'

type Part = { person: PersonDetailsFragment }

/** What they may do, why, and until when. */
export function PersonAccess({ person }: Part) {
  const { t } = useTranslation('people')
  const { t: common } = useTranslation()
  const format = useFormats()
  const { timeZone } = useOrganization()
  const access = person.access ?? 'NONE'
  const reason = person.accessReason
  return (
    <Card title={t('accessTitle')}>
      <p>
        <Badge tone={ACCESS_TONES[access]}>{common(`access.${access}`)}</Badge>
      </p>
      {reason && <p>{t(`code.${reason.code}`)}</p>}
      {reason?.validUntil && <p>{t('until', { at: format.zonedInstant(reason.validUntil, timeZone) })}</p>}
    </Card>
  )
}

/** The seat they have, had, or wait for. */
export function PersonSeat({ person }: Part) {
  const { t, i18n } = useTranslation('people')
  const format = useFormats()
  const { timeZone } = useOrganization()
  const { seat, lastSeat, waiting } = person
  return (
    <Card title={t('seat')}>
      {seat && (
        <>
          <p>{t('hasSeat', { at: format.instant(seat.grantedAt, timeZone) })}</p>
          <Sources sources={seat.sources} />
          {seat.inGraceUntil && (
            <p className="soft">{t('inGrace', { at: format.zonedInstant(seat.inGraceUntil, timeZone) })}</p>
          )}
        </>
      )}
      {!seat && <p>{t('hasNoSeat')}</p>}
      {!seat && lastSeat && <LastSeat span={lastSeat} />}
      {(waiting ?? []).map((one) => {
        const key = `waitReason.${one.reason}`
        return (
          <Notice
            key={one.subscription.id}
            tone="warn"
            title={t('waitsSince', { at: format.instant(one.since, timeZone) })}
          >
            <Source source={one.subscription} />
            <p>{i18n.exists(`people:${key}`) ? t(key as 'waitReason.SEAT_LIMIT_REACHED') : one.reason}</p>
          </Notice>
        )
      })}
    </Card>
  )
}

function LastSeat({ span }: { span: SpanDetailsFragment }) {
  const { t } = useTranslation('people')
  const format = useFormats()
  const ending = useEnding()
  const { timeZone } = useOrganization()
  if (span.revokedAt === null) return null
  return (
    <p>
      {t('lastSeat', { at: format.instant(span.revokedAt, timeZone), why: ending.why(span), who: ending.who(span) })}
    </p>
  )
}
