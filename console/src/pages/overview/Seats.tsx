import { useTranslation } from 'react-i18next'
import { Meter } from 'react-aria-components'
import { Link } from 'react-router'

import { useFormats } from '../../i18n/format'
import { useOrganization } from '../../shell/OrganizationShell'
import { Card, Figure, Figures } from '../../ui/Card'
import styles from './Overview.module.css'
import type { OverviewQuery } from './overview.generated'

type Usage = NonNullable<NonNullable<OverviewQuery['organization']>['seats']>

/** How many seats are held, how many there may be, who waits. */
export function Seats({ seats }: { seats: Usage }) {
  const { t } = useTranslation('overview')
  const format = useFormats()
  const { slug } = useOrganization()
  const limit = format.number(seats.limit)
  return (
    <Card title={t('seats.title')} actions={<Link to={`/o/${slug}/seats`}>{t('seats.who')}</Link>}>
      <Figures>
        <Figure label={t('seats.used')} value={format.number(seats.used)} note={t('seats.of', { limit })} />
        <Figure
          label={t('seats.waiting')}
          value={format.number(seats.waiting)}
          tone={seats.waiting > 0 ? 'warn' : undefined}
          note={seats.waiting > 0 ? <Link to={`/o/${slug}/waiting`}>{t('seats.whoWaits')}</Link> : undefined}
        />
        <Figure label={t('seats.inGrace')} value={format.number(seats.inGrace)} note={t('seats.inGraceNote')} />
      </Figures>
      <Meter
        value={seats.used}
        maxValue={Math.max(seats.limit, seats.used, 1)}
        aria-label={t('seats.meter', { limit })}
      >
        {({ percentage }) => (
          <div className={styles.meter}>
            <div className={styles.fill} style={{ width: `${String(percentage)}%` }} />
          </div>
        )}
      </Meter>
    </Card>
  )
}
