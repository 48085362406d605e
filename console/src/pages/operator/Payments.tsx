import { Undo2 } from 'lucide-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'

import { backward, usePages } from '../../graphql/pages'
import { useFormats } from '../../i18n/format'
import { ListTable } from '../../shell/ListTable'
import { Badge } from '../../ui/Badge'
import { Dialog } from '../../ui/Dialog'
import { ICON, IconButton } from '../../ui/IconButton'
import { Empty } from '../../ui/Notice'
import { Toolbar } from '../../ui/Page'
import { useSearch } from '../../ui/useSearch'
import { useOperatorChange } from './changes'
import { DialogButton } from './DialogButton'
import { InputForm } from './InputForm'
import {
  OperatorPaymentsDocument,
  type OperatorPaymentsQuery,
  RecordPaymentDocument,
  ReversePaymentDocument,
} from './money.generated'
import type { OperatedOrganization } from './Organization'
import { localOf } from './typed'

type Billing = NonNullable<NonNullable<OperatorPaymentsQuery['organization']>['billing']>
type Payment = Billing['payments']['nodes'][number]
type Props = { organization: OperatedOrganization }

/** What came in, the latest first, recording more of it, and taking back what was recorded wrongly. */
export function Payments({ organization }: Props) {
  const { t } = useTranslation('operator')
  const format = useFormats()
  const { slug, timeZone } = organization
  const [dialog, setDialog] = useSearch('dialog')
  const payments = usePages('operated payments', OperatorPaymentsDocument, { slug }, (data) =>
    backward(data.organization?.billing?.payments),
  )
  const chosen = payments.nodes.find((one) => `reverse ${one.id}` === dialog)
  const close = () => {
    setDialog('')
  }
  return (
    <>
      <Toolbar>
        <div>
          <DialogButton name="record" label={t('payments.record')} look="primary">
            {(done) => <RecordForm organization={organization} onDone={done} />}
          </DialogButton>
        </div>
      </Toolbar>
      <ListTable
        list={payments}
        label={t('organization.view.payments')}
        empty={<Empty title={t('payments.empty')}>{t('payments.emptyHint')}</Empty>}
        columns={[
          { id: 'reference', name: t('payments.reference'), isRowHeader: true, cell: (one) => one.externalReference },
          { id: 'received', name: t('payments.received'), cell: (one) => format.instant(one.receivedAt, timeZone) },
          { id: 'amount', name: t('payments.amount'), isNumber: true, cell: (one) => format.money(one.amount) },
          {
            id: 'actions',
            name: t('actions'),
            width: 280,
            cell: (one) =>
              one.reversal ? (
                <>
                  <Badge tone="warn">{t('payments.reversed')}</Badge> {one.reversal.reason}
                </>
              ) : (
                <IconButton
                  label={t('payments.reverse')}
                  describes={one.externalReference}
                  look="danger"
                  onPress={() => {
                    setDialog(`reverse ${one.id}`)
                  }}
                >
                  <Undo2 {...ICON} />
                </IconButton>
              ),
          },
        ]}
      />
      <Dialog title={t('payments.reverse')} isOpen={chosen !== undefined} onClose={close}>
        {chosen && <ReverseForm payment={chosen} onDone={close} />}
      </Dialog>
    </>
  )
}

function RecordForm({ organization, onDone }: Props & { onDone: () => void }) {
  const { t } = useTranslation('operator')
  const { id: organizationId, currency, timeZone, testClock } = organization
  const { change, isPending, refusal } = useOperatorChange(RecordPaymentDocument)
  const [now] = useState(() => testClock?.now ?? new Date().toISOString())
  return (
    <InputForm
      label={t('payments.record')}
      refusal={refusal}
      isPending={isPending}
      onDone={onDone}
      onSend={async ({ amount, externalReference, receivedAt }) =>
        (
          await change({
            input: {
              organizationId,
              currency,
              amount: amount ?? '',
              externalReference: externalReference ?? '',
              receivedAt: receivedAt ?? '',
            },
          })
        ).done !== null
      }
      inputs={[
        { name: 'amount', label: t('amountIn', { currency }), kind: 'decimal' },
        { name: 'externalReference', label: t('payments.reference'), hint: t('payments.referenceHint') },
        {
          name: 'receivedAt',
          label: t('payments.received'),
          kind: 'instant',
          timeZone,
          initial: localOf(now, timeZone),
          hint: timeZone,
        },
      ]}
    />
  )
}

function ReverseForm({ payment, onDone }: { payment: Payment; onDone: () => void }) {
  const { t } = useTranslation('operator')
  const format = useFormats()
  const { change, isPending, refusal } = useOperatorChange(ReversePaymentDocument)
  return (
    <InputForm
      label={t('payments.reverse')}
      look="danger"
      warning={t('payments.reverseWarning', {
        reference: payment.externalReference,
        amount: format.money(payment.amount),
      })}
      refusal={refusal}
      isPending={isPending}
      onDone={onDone}
      onSend={async ({ reason }) =>
        (await change({ input: { paymentId: payment.id, reason: reason ?? '' } })).done !== null
      }
      inputs={[{ name: 'reason', label: t('reason'), kind: 'lines' }]}
    />
  )
}
