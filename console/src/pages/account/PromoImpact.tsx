import { useTranslation } from 'react-i18next'

import { addMonths, type Money, useFormats } from '../../i18n/format'
import { Notice } from '../../ui/Notice'
import bill from '../billing/Bill.module.css'
import type { Impact } from './PromoCode'

/** This month and the next, as they are and with the code. */
export function PromoImpact({ preview: { month, impact } }: { preview: Impact }) {
  const { t } = useTranslation('account')
  if (!impact) return null
  const isWorthless = impact.warnings.some((one) => one.code === 'PROMO_NOT_WORTH')
  return (
    <div aria-live="polite">
      <table className={bill.bill}>
        <caption className="visually-hidden">{t('promo.caption')}</caption>
        <thead>
          <tr>
            <th scope="col">{t('promo.month')}</th>
            <th scope="col">{t('promo.before')}</th>
            <th scope="col">{t('promo.after')}</th>
          </tr>
        </thead>
        <tbody>
          <Row month={month} before={impact.ifNothingChangesBefore} after={impact.ifNothingChangesAfter} />
          <Row month={addMonths(month, 1)} before={impact.nextMonthBefore} after={impact.nextMonthAfter} />
        </tbody>
      </table>
      {isWorthless && <Notice tone="warn">{t('promo.worthless')}</Notice>}
    </div>
  )
}

function Row({ month, before, after }: { month: string; before: Money; after: Money }) {
  const format = useFormats()
  return (
    <tr>
      <th scope="row">{format.month(month)}</th>
      <td>{format.money(before)}</td>
      <td>{format.money(after)}</td>
    </tr>
  )
}
