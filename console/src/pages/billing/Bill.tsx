import { useTranslation } from 'react-i18next'

import { type Money, useFormats } from '../../i18n/format'
import type { BillDiscountFragment, BillLineFragment, BillVatFragment } from './bill.generated'
import styles from './Bill.module.css'
import { discountName } from './cause'

type BillProps = {
  caption: string
  lines: readonly BillLineFragment[]
  discounts: readonly BillDiscountFragment[]
  vat: BillVatFragment
  total: Money
  /** The sum of the lines, where something is taken off it. */
  subtotal?: Money
}

/** What a month costs, line by line, down to the VAT in it. */
export function Bill({ caption, lines, discounts, vat, total, subtotal }: BillProps) {
  const { t } = useTranslation('billing')
  const format = useFormats()
  const { currency } = total
  return (
    <table className={styles.bill}>
      <caption className="visually-hidden">{caption}</caption>
      <thead>
        <tr>
          <th scope="col">{t('bill.what')}</th>
          <th scope="col">{t('bill.quantity')}</th>
          <th scope="col">{t('bill.price')}</th>
          <th scope="col">{t('bill.amount')}</th>
        </tr>
      </thead>
      <tbody>
        {lines.length === 0 && (
          <tr>
            <th scope="row">{t('bill.nothing')}</th>
            <td />
            <td />
            <td>{format.money({ amount: '0', currency })}</td>
          </tr>
        )}
        <Lines lines={lines} />
        {discounts.map((discount, place) => (
          <tr key={place}>
            <th scope="row">{t(`bill.discount.${discount.kind}`, { name: discountName(discount.description) })}</th>
            <td />
            <td />
            <td>−{format.money(discount.amount)}</td>
          </tr>
        ))}
      </tbody>
      <tfoot>
        {subtotal && discounts.length > 0 && <Sum name={t('bill.subtotal')} amount={subtotal} />}
        {!vat.included && <Sum name={t('bill.vatOnTop', { rate: format.percent(vat.rate) })} amount={vat.amount} />}
        <Sum name={t('bill.total')} amount={total} isMain />
        {vat.included && <Sum name={t('bill.vatInside', { rate: format.percent(vat.rate) })} amount={vat.amount} />}
        <Sum name={t('bill.net')} amount={vat.net} />
      </tfoot>
    </table>
  )
}

function Lines({ lines }: { lines: readonly BillLineFragment[] }) {
  const { t } = useTranslation('billing')
  const format = useFormats()
  const firsts = firstSeats(lines)
  return lines.map((line, place) => {
    const [from, to] = [firsts[place] ?? 1, (firsts[place] ?? 1) + line.quantity - 1]
    const { currency } = line.amount
    const unit = format.price({ amount: line.unitPrice, currency })
    return (
      <tr key={place}>
        <th scope="row">{seatRange(t, format, from, to)}</th>
        <td>{format.number(line.quantity)}</td>
        <td>
          {Number(line.flatAmount) === 0
            ? unit
            : t('bill.withFlat', { unit, flat: format.price({ amount: line.flatAmount, currency }) })}
        </td>
        <td>{format.money(line.amount)}</td>
      </tr>
    )
  })
}

/** Which seat each line begins with: tiers follow each other. */
export function firstSeats(lines: readonly { quantity: number }[]): number[] {
  let next = 1
  return lines.map(({ quantity }) => {
    const first = next
    next += quantity
    return first
  })
}

type Say = ReturnType<typeof useTranslation<'billing'>>['t']

export function seatRange(t: Say, format: ReturnType<typeof useFormats>, from: number, to: number): string {
  const words = { from: format.number(from), to: format.number(to) }
  return from === to ? t('bill.seat', words) : t('bill.seats', words)
}

function Sum({ name, amount, isMain }: { name: string; amount: Money; isMain?: boolean }) {
  const format = useFormats()
  return (
    <tr className={isMain ? styles.main : undefined}>
      <th scope="row" colSpan={3}>
        {name}
      </th>
      <td>{format.money(amount)}</td>
    </tr>
  )
}
