import { useTranslation } from 'react-i18next'

import { useFormats } from '../../i18n/format'
import { Card } from '../../ui/Card'
import bill from '../billing/Bill.module.css'
import type { WholeInvoiceFragment } from './invoice.generated'
import styles from './Invoice.module.css'

type SettledProps = { invoice: WholeInvoiceFragment; timeZone: string }

/** What it was paid with. */
export function Payments({ invoice, timeZone }: SettledProps) {
  const { t } = useTranslation('invoices')
  const format = useFormats()
  const { settledBy, settledByCount } = invoice
  return (
    <Card title={t('payments')}>
      {settledBy.length === 0 ? (
        <p className="soft">{t('noPayments')}</p>
      ) : (
        <table className={bill.bill}>
          <caption className="visually-hidden">{t('payments')}</caption>
          <thead>
            <tr>
              <th scope="col">{t('reference')}</th>
              <th scope="col">{t('receivedAt')}</th>
              <th scope="col">{t('ofIt')}</th>
            </tr>
          </thead>
          <tbody>
            {settledBy.map(({ payment, amount }) => (
              <tr key={payment.id}>
                <th scope="row" className={styles.reference}>
                  {payment.externalReference}
                </th>
                <td>{format.day(payment.receivedAt, timeZone)}</td>
                <td>{format.money(amount)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {settledByCount > settledBy.length && (
        <p className="soft">{t('morePayments', { count: settledByCount - settledBy.length })}</p>
      )}
    </Card>
  )
}

/** What was taken back of it. */
export function CreditNotes({ invoice, timeZone }: SettledProps) {
  const { t } = useTranslation('invoices')
  const format = useFormats()
  return (
    <Card title={t('creditNotes')}>
      {invoice.creditNotes.length === 0 && <p className="soft">{t('noCreditNotes')}</p>}
      <ul className={styles.notes}>
        {invoice.creditNotes.map((note) => (
          <li key={note.id}>
            <strong>
              {t('creditNote', {
                number: note.number,
                at: format.day(note.issuedAt, timeZone),
                amount: format.money(note.amount),
              })}
            </strong>
            <p>{note.reason}</p>
            <p className="soft">
              {t('creditVat', { vat: format.money(note.vat.amount), rate: format.percent(note.vat.rate) })}
            </p>
            <p className={styles.papers}>
              <a href={note.english} download>
                {t('pdf.EN')}
              </a>
              <a href={note.russian} download>
                {t('pdf.RU')}
              </a>
            </p>
          </li>
        ))}
      </ul>
    </Card>
  )
}
