import { Trash2 } from 'lucide-react'
import { useTranslation } from 'react-i18next'

import { useFormats } from '../../i18n/format'
import { Card } from '../../ui/Card'
import { DataTable } from '../../ui/DataTable'
import { ICON } from '../../ui/IconButton'
import { Empty } from '../../ui/Notice'
import { useOperatorChange } from './changes'
import { DialogButton } from './DialogButton'
import { InputForm } from './InputForm'
import { CreateVatRateDocument, DeleteVatRateDocument, type OperatorPricesQuery } from './prices.generated'

type Rates = OperatorPricesQuery['vatRates']

/** The rates of value added tax: a rate whose first day has come stays for good. */
export function VatRates({ rates }: { rates: Rates }) {
  const { t } = useTranslation('operator')
  const format = useFormats()
  const today = new Date().toISOString().slice(0, 10)
  return (
    <Card
      title={t('vat.title')}
      actions={
        <DialogButton name="vat" label={t('vat.new')}>
          {(close) => <NewRate onDone={close} />}
        </DialogButton>
      }
    >
      <DataTable
        label={t('vat.title')}
        items={rates.map((one) => ({ id: one.since, ...one }))}
        empty={<Empty title={t('vat.empty')} />}
        columns={[
          { id: 'since', name: t('vat.since'), isRowHeader: true, cell: (one) => format.day(one.since, 'UTC') },
          { id: 'percent', name: t('vat.percent'), isNumber: true, cell: (one) => format.percent(one.percent) },
          {
            id: 'actions',
            name: t('actions'),
            cell: (one) =>
              one.since <= today ? (
                <span className="soft">{t('vat.stays')}</span>
              ) : (
                <DialogButton
                  name={`vat ${one.since}`}
                  label={t('vat.delete')}
                  icon={<Trash2 {...ICON} />}
                  look="danger"
                  describes={one.since}
                >
                  {(close) => <DeleteRate since={one.since} onDone={close} />}
                </DialogButton>
              ),
          },
        ]}
      />
    </Card>
  )
}

function NewRate({ onDone }: { onDone: () => void }) {
  const { t } = useTranslation('operator')
  const { change, isPending, refusal } = useOperatorChange(CreateVatRateDocument)
  return (
    <InputForm
      label={t('vat.new')}
      warning={t('vat.warning')}
      refusal={refusal}
      isPending={isPending}
      onDone={onDone}
      onSend={async ({ since, percent }) =>
        (await change({ input: { since: since ?? '', percent: percent ?? '' } })).done !== null
      }
      inputs={[
        { name: 'since', label: t('vat.since'), kind: 'date', hint: t('vat.sinceHint') },
        { name: 'percent', label: t('vat.percent'), kind: 'decimal' },
      ]}
    />
  )
}

function DeleteRate({ since, onDone }: { since: string; onDone: () => void }) {
  const { t } = useTranslation('operator')
  const format = useFormats()
  const { change, isPending, refusal } = useOperatorChange(DeleteVatRateDocument)
  return (
    <InputForm
      label={t('vat.delete')}
      look="danger"
      warning={t('vat.deleteWarning', { day: format.day(since, 'UTC') })}
      refusal={refusal}
      isPending={isPending}
      onDone={onDone}
      onSend={async () => (await change({ input: { since } })).done !== null}
      inputs={[]}
    />
  )
}
