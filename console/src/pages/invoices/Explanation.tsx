import { useTranslation } from 'react-i18next'

import { useFormats } from '../../i18n/format'
import { Card } from '../../ui/Card'
import { firstSeats, seatRange } from '../billing/Bill'
import { discountName } from '../billing/cause'
import { useCause } from '../billing/useCause'
import type { WholeInvoiceFragment } from './invoice.generated'
import styles from './Invoice.module.css'

type ExplanationProps = { invoice: WholeInvoiceFragment; timeZone: string; freeThreshold: number | undefined }

/** Every amount in a sentence, from the moment of the peak to the VAT; and what the server says of it. */
export function Explanation({ invoice, timeZone, freeThreshold }: ExplanationProps) {
  const { t } = useTranslation('invoices')
  const sentences = useSentences(invoice, timeZone, freeThreshold)
  return (
    <Card title={t('explanation')} isWide>
      <ol className={styles.sentences}>
        {sentences.map((sentence, place) => (
          <li key={place}>{sentence}</li>
        ))}
      </ol>
      {invoice.explanation.length > 0 && (
        <details>
          <summary>{t('ownWords')}</summary>
          <ol className={styles.sentences}>
            {invoice.explanation.map((sentence, place) => (
              <li key={place}>{sentence}</li>
            ))}
          </ol>
        </details>
      )}
    </Card>
  )
}

function useSentences(invoice: WholeInvoiceFragment, timeZone: string, freeThreshold: number | undefined): string[] {
  const { t } = useTranslation('invoices')
  const format = useFormats()
  const lines = useLines(invoice)
  const { who, what } = useCause(invoice.peak.raisedBy)
  const { peak, vat, total, discounts } = invoice
  const held =
    peak.reachedAt === null
      ? t('say.nobody')
      : t('say.peak', {
          count: peak.seats,
          at: format.exactInstant(peak.reachedAt, timeZone),
          month: format.month(invoice.month),
        })
  return [
    held,
    peak.raisedBy ? t('say.raised', { who, what }) : t('say.carried'),
    ...(freeThreshold ? [t('say.free', { count: freeThreshold })] : []),
    ...lines,
    ...discounts.map((one) =>
      t(`say.discount.${one.kind}`, { name: discountName(one.description), amount: format.money(one.amount) }),
    ),
    t(vat.included ? 'say.totalInside' : 'say.totalOnTop', {
      total: format.money(total),
      net: format.money(vat.net),
      vat: format.money(vat.amount),
      rate: format.percent(vat.rate),
    }),
  ]
}

/** "Seats 1–100: 100 × 258 = 25 800"; where only a part of the month is charged the factors do not make the amount. */
function useLines({ lines }: WholeInvoiceFragment): string[] {
  const { t } = useTranslation('invoices')
  const { t: bill } = useTranslation('billing')
  const format = useFormats()
  const firsts = firstSeats(lines)
  return lines.map(({ quantity, unitPrice, flatAmount, amount }, place) => {
    const first = firsts[place] ?? 1
    const { currency } = amount
    const isWhole = Math.abs(quantity * Number(unitPrice) + Number(flatAmount) - Number(amount.amount)) < 0.011
    const price = format.price({ amount: unitPrice, currency })
    const flat = format.price({ amount: flatAmount, currency })
    return t(isWhole ? 'say.line' : 'say.part', {
      seats: seatRange(bill, format, first, first + quantity - 1),
      quantity: format.number(quantity),
      price: Number(flatAmount) === 0 ? price : t('say.withFlat', { price, flat }),
      amount: format.money(amount),
    })
  })
}
