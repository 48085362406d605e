import { useTranslation } from 'react-i18next'

import { addMonths, type Money, useFormats } from '../../i18n/format'
import type { ImpactFragment } from './impact.generated'
import styles from './Impact.module.css'
import { minus, signOf } from './money'

type ImpactTableProps = { impact: ImpactFragment; month: string }

/** Seats and amounts as they are and as they would be. */
export function ImpactTable({ impact, month }: ImpactTableProps) {
  const { t } = useTranslation('impact')
  const format = useFormats()
  const name = format.month(month)
  const next = format.month(addMonths(month, 1))
  const isLater = impact.totalAfter.amount !== impact.ifNothingChangesAfter.amount // as where the trial ends within it
  return (
    <table className={styles.table}>
      <caption className="visually-hidden">{t('table.caption')}</caption>
      <thead>
        <tr>
          <td />
          <th scope="col">{t('table.before')}</th>
          <th scope="col">{t('table.after')}</th>
          <th scope="col">{t('table.difference')}</th>
        </tr>
      </thead>
      <tbody>
        <Seats name={t('table.seats')} before={impact.seatsBefore} after={impact.seatsAfter} />
        <Seats
          name={t('table.peak', { month: name })}
          before={impact.peakIfNothingChangesBefore}
          after={impact.peakIfNothingChangesAfter}
        />
        {isLater && (
          <Amount name={t('table.soFar', { month: name })} before={impact.totalBefore} after={impact.totalAfter} />
        )}
        <Amount name={name} before={impact.ifNothingChangesBefore} after={impact.ifNothingChangesAfter} isMain />
        <Amount name={next} before={impact.nextMonthBefore} after={impact.nextMonthAfter} />
      </tbody>
    </table>
  )
}

function Seats({ name, before, after }: { name: string; before: number; after: number }) {
  const format = useFormats()
  const difference = after - before
  return (
    <tr>
      <th scope="row">{name}</th>
      <td>{format.number(before)}</td>
      <td>{format.number(after)}</td>
      <td>{difference > 0 ? `+${format.number(difference)}` : format.number(difference)}</td>
    </tr>
  )
}

type AmountProps = { name: string; before: Money; after: Money; isMain?: boolean }

function Amount({ name, before, after, isMain }: AmountProps) {
  const format = useFormats()
  const difference = minus(after, before)
  return (
    <tr className={isMain ? styles.main : undefined}>
      <th scope="row">{name}</th>
      <td>{format.money(before)}</td>
      <td>{format.money(after)}</td>
      <td>{signOf(difference) > 0 ? `+${format.money(difference)}` : format.money(difference)}</td>
    </tr>
  )
}
