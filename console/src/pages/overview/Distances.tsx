import { useTranslation } from 'react-i18next'

import { useFormats } from '../../i18n/format'
import { Card } from '../../ui/Card'
import styles from './Overview.module.css'
import type { OverviewPreviewFragment } from './overview.generated'

type Limit = OverviewPreviewFragment['limits'][number]

/** How far it is to another price, and to each limit. */
export function Distances({ preview }: { preview: OverviewPreviewFragment }) {
  const { t } = useTranslation('overview')
  const { t: common } = useTranslation()
  const nameOf = useLimitName()
  const format = useFormats()
  const tier = preview.seatsToNextTier
  return (
    <Card title={t('distance.title')}>
      <dl className={styles.distances}>
        <div>
          <dt>{t('distance.tier')}</dt>
          <dd>{tier === null ? t('distance.lastTier') : common('seats', { count: tier })}</dd>
        </div>
        {preview.limits.map((one) => (
          <div key={one.code}>
            <dt>{nameOf(one)}</dt>
            <dd>
              {common('seats', { count: one.seats })}
              {one.left !== null && <small>{t('distance.left', { amount: format.money(one.left) })}</small>}
            </dd>
          </div>
        ))}
      </dl>
    </Card>
  )
}

function useLimitName() {
  const { t, i18n } = useTranslation('overview')
  const format = useFormats()
  return (one: Limit) => {
    const height = one.budget !== null ? format.money(one.budget) : format.number(one.limit ?? 0)
    const key = `distance.${one.code}`
    return i18n.exists(key, { ns: 'overview' })
      ? t(key as 'distance.BUDGET_REACHED', { height })
      : t('distance.other', { height })
  }
}
