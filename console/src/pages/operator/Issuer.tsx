import { useTranslation } from 'react-i18next'

import { Card, Facts } from '../../ui/Card'
import { useOperatorChange } from './changes'
import { DialogButton } from './DialogButton'
import { InputForm } from './InputForm'
import { type OperatorPricesQuery, UpdateIssuerDocument } from './prices.generated'

type IssuerData = NonNullable<OperatorPricesQuery['issuer']>

/** Who invoices and credit notes are from. What was issued keeps the issuer that it was issued by. */
export function Issuer({ issuer }: { issuer: IssuerData }) {
  const { t } = useTranslation('operator')
  return (
    <Card
      title={t('issuer.title')}
      actions={
        <DialogButton name="issuer" label={t('issuer.edit')}>
          {(close) => <IssuerForm issuer={issuer} onDone={close} />}
        </DialogButton>
      }
    >
      <Facts
        facts={[
          [t('issuer.name'), issuer.name],
          [t('issuer.taxNumber'), issuer.taxNumber || '—'],
          [t('issuer.address'), issuer.address || '—'],
          [t('issuer.bankDetails'), issuer.bankDetails || '—'],
          [t('organizations.timeZone'), issuer.timeZone],
        ]}
      />
    </Card>
  )
}

function IssuerForm({ issuer, onDone }: { issuer: IssuerData; onDone: () => void }) {
  const { t } = useTranslation('operator')
  const { change, isPending, refusal } = useOperatorChange(UpdateIssuerDocument)
  return (
    <InputForm
      label={t('issuer.edit')}
      warning={t('issuer.warning')}
      refusal={refusal}
      isPending={isPending}
      onDone={onDone}
      onSend={async (values) =>
        (
          await change({
            input: {
              name: values.name ?? '',
              taxNumber: values.taxNumber ?? '',
              address: values.address ?? '',
              bankDetails: values.bankDetails ?? '',
            },
          })
        ).done !== null
      }
      inputs={[
        { name: 'name', label: t('issuer.name'), initial: issuer.name },
        { name: 'taxNumber', label: t('issuer.taxNumber'), initial: issuer.taxNumber, isOptional: true },
        { name: 'address', label: t('issuer.address'), initial: issuer.address, kind: 'lines', isOptional: true },
        {
          name: 'bankDetails',
          label: t('issuer.bankDetails'),
          initial: issuer.bankDetails,
          kind: 'lines',
          isOptional: true,
        },
      ]}
    />
  )
}
