import { useTranslation } from 'react-i18next'

import { useFormats } from '../../i18n/format'
import { useOperatorChange } from './changes'
import { InputForm } from './InputForm'
import type { Invoice } from './Invoices'
import { IssueCreditNoteDocument, ReplaceInvoiceDocument } from './money.generated'
import { usePriceLists } from './Terms'

export function CreditForm({ invoice, onDone }: { invoice: Invoice; onDone: () => void }) {
  const { t } = useTranslation('operator')
  const format = useFormats()
  const { change, isPending, refusal } = useOperatorChange(IssueCreditNoteDocument)
  return (
    <InputForm
      label={t('invoices.credit')}
      send={t('invoices.issueCredit')}
      look="danger"
      warning={t('invoices.creditWarning', { number: invoice.number, total: format.money(invoice.total) })}
      refusal={refusal}
      isPending={isPending}
      onDone={onDone}
      onSend={async ({ amount = null, reason }) =>
        (await change({ input: { invoiceId: invoice.id, amount, reason: reason ?? '' } })).done !== null
      }
      inputs={[
        {
          name: 'amount',
          label: t('amountIn', { currency: invoice.total.currency }),
          kind: 'decimal',
          isOptional: true,
          hint: t('invoices.amountHint'),
        },
        { name: 'reason', label: t('reason'), kind: 'lines', hint: t('invoices.reasonHint') },
      ]}
    />
  )
}

type ReplaceFormProps = { invoice: Invoice; currency: string; onDone: () => void }

export function ReplaceForm({ invoice, currency, onDone }: ReplaceFormProps) {
  const { t } = useTranslation('operator')
  const lists = usePriceLists(currency).filter((one) => !one.isPublic)
  const { change, isPending, refusal } = useOperatorChange(ReplaceInvoiceDocument)
  return (
    <InputForm
      label={t('invoices.replace')}
      look="danger"
      warning={t('invoices.replaceWarning', { number: invoice.number })}
      phrase={invoice.number}
      refusal={refusal}
      isPending={isPending}
      onDone={onDone}
      onSend={async ({ priceListId = null, reason }) =>
        (await change({ input: { invoiceId: invoice.id, priceListId, reason: reason ?? '' } })).done !== null
      }
      inputs={[
        {
          name: 'priceListId',
          label: t('terms.list'),
          isOptional: true,
          hint: t('invoices.listHint'),
          choices: [
            { id: '', label: t('invoices.sameList') },
            ...lists.map((one) => ({ id: one.id, label: one.name })),
          ],
        },
        { name: 'reason', label: t('reason'), kind: 'lines', hint: t('invoices.reasonHint') },
      ]}
    />
  )
}
