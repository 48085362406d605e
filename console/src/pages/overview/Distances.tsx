import { useTranslation } from 'react-i18next'

import { useFormats } from '../../i18n/format'
import { Card, Facts } from '../../ui/Card'
import type { OverviewPreviewFragment } from './overview.generated'

type Limit = OverviewPreviewFragment['limits'][number]

/** How far it is to another price, and to each limit. */
export function Distances({ preview }: { preview: OverviewPreviewFragment }) {
  const { t } = useTranslation('overview')
  const { t: common } = useTranslation()
  const nameOf = useLimitName()
  const format = useFormats()
  const tier = preview.seatsToNextTier
  const left = (one: Limit) => (
    <>
      {common('seats', { count: one.seats })}
      {one.left !== null && <span className="soft"> · {t('distance.left', { amount: format.money(one.left) })}</span>}
    </>
  )
  return (
    <Card title={t('distance.title')}>
      <Facts
        facts={[
          [t('distance.tier'), tier === null ? t('distance.lastTier') : common('seats', { count: tier })] as const,
          ...preview.limits.map((one) => [nameOf(one), left(one)] as const),
        ]}
      />
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
