import { useTranslation } from 'react-i18next'

import { useLiveQuery } from '../../graphql/live'
import { useFormats } from '../../i18n/format'
import { Badge } from '../../ui/Badge'
import { Card, Cards, Facts } from '../../ui/Card'
import { DataTable } from '../../ui/DataTable'
import { Empty } from '../../ui/Notice'
import { useOperatorChange } from './changes'
import { DialogButton } from './DialogButton'
import { InputForm } from './InputForm'
import type { OperatedOrganization } from './Organization'
import { SetBaselineDocument, SetContractDocument } from './organization.generated'
import { OperatorPricesDocument } from './prices.generated'

type Props = { organization: OperatedOrganization }

/** Price lists of the organization's currency, to choose one of. */
export function usePriceLists(currency: string) {
  const [{ data }] = useLiveQuery({ query: OperatorPricesDocument, variables: {} })
  return (data?.priceLists ?? []).filter((one) => one.currency === currency)
}

/** What is agreed with this organization alone. */
export function Terms({ organization }: Props) {
  const { t } = useTranslation('operator')
  const format = useFormats()
  const contract = organization.billing?.contract
  const contracts = organization.billing?.contracts ?? []
  const until = (month: string | null) => (month === null ? t('terms.noEnd') : format.month(month))
  return (
    <Cards>
      <Card title={t('terms.now')}>
        {contract ? (
          <Facts
            facts={[
              [t('terms.seatLimit'), format.number(contract.seatLimit)],
              [t('terms.list'), contract.priceList?.name ?? t('terms.publicList')],
              [t('terms.from'), format.month(contract.fromMonth)],
              [t('terms.to'), until(contract.toMonth)],
            ]}
          />
        ) : (
          <p>{t('terms.none')}</p>
        )}
        <div>
          <DialogButton name="contract" label={t('terms.set')} look="primary">
            {(close) => <ContractForm organization={organization} onDone={close} />}
          </DialogButton>
        </div>
      </Card>
      <Card title={t('terms.baseline')}>
        <p className="soft">{t('terms.baselineLead')}</p>
        <Baselines organization={organization} />
        <div>
          <DialogButton name="baseline" label={t('terms.setBaseline')}>
            {(close) => <BaselineForm organization={organization} onDone={close} />}
          </DialogButton>
        </div>
      </Card>
      <Card title={t('terms.all')} isWide>
        <DataTable
          label={t('terms.all')}
          items={contracts.map((one, place) => ({ id: String(place), ...one }))}
          empty={<Empty title={t('terms.none')} />}
          columns={[
            {
              id: 'from',
              name: t('terms.from'),
              isRowHeader: true,
              cell: (one) => (
                <>
                  {format.month(one.fromMonth)}{' '}
                  {one.recordedAt === contract?.recordedAt && <Badge tone="good">{t('terms.holds')}</Badge>}
                </>
              ),
            },
            { id: 'to', name: t('terms.to'), cell: (one) => until(one.toMonth) },
            { id: 'limit', name: t('terms.seatLimit'), isNumber: true, cell: (one) => format.number(one.seatLimit) },
            { id: 'list', name: t('terms.list'), cell: (one) => one.priceList?.name ?? t('terms.publicList') },
            {
              id: 'recorded',
              name: t('terms.recorded'),
              cell: (one) => format.instant(one.recordedAt, organization.timeZone),
            },
          ]}
        />
      </Card>
    </Cards>
  )
}

/** What was recorded, the last first: that one holds. */
function Baselines({ organization }: Props) {
  const { t } = useTranslation('operator')
  const format = useFormats()
  const [held, ...before] = [...(organization.billing?.legacyBaselines ?? [])].reverse()
  if (!held) return <p>{t('terms.noBaseline')}</p>
  const recorded = (at: string) => format.instant(at, organization.timeZone)
  return (
    <Facts
      facts={[
        [t('terms.list'), held.priceList.name],
        [t('terms.recorded'), recorded(held.recordedAt)],
        ...before.map(({ priceList, recordedAt }): [string, string] => [
          t('terms.earlier'),
          t('terms.earlierOf', { name: priceList.name, at: recorded(recordedAt) }),
        ]),
      ]}
    />
  )
}

function ContractForm({ organization, onDone }: Props & { onDone: () => void }) {
  const { t } = useTranslation('operator')
  const { id: organizationId, currency } = organization
  const lists = usePriceLists(currency).filter((one) => !one.isPublic)
  const { change, isPending, refusal } = useOperatorChange(SetContractDocument)
  return (
    <InputForm
      label={t('terms.set')}
      refusal={refusal}
      isPending={isPending}
      onDone={onDone}
      warning={t('terms.warning')}
      onSend={async ({ fromMonth, toMonth = null, priceListId = null, seatLimit }) =>
        (
          await change({
            input: { organizationId, fromMonth: fromMonth ?? '', toMonth, priceListId, seatLimit: Number(seatLimit) },
          })
        ).done !== null
      }
      inputs={[
        { name: 'seatLimit', label: t('terms.seatLimit'), kind: 'count' },
        { name: 'fromMonth', label: t('terms.from'), kind: 'month' },
        { name: 'toMonth', label: t('terms.to'), kind: 'month', isOptional: true, hint: t('terms.toHint') },
        {
          name: 'priceListId',
          label: t('terms.list'),
          isOptional: true,
          choices: [{ id: '', label: t('terms.publicList') }, ...lists.map((one) => ({ id: one.id, label: one.name }))],
        },
      ]}
    />
  )
}

function BaselineForm({ organization, onDone }: Props & { onDone: () => void }) {
  const { t } = useTranslation('operator')
  const { id: organizationId, currency } = organization
  const lists = usePriceLists(currency)
  const { change, isPending, refusal } = useOperatorChange(SetBaselineDocument)
  return (
    <InputForm
      key={lists.length}
      label={t('terms.setBaseline')}
      refusal={refusal}
      isPending={isPending}
      onDone={onDone}
      onSend={async (values) =>
        (await change({ input: { organizationId, priceListId: values.priceListId ?? '' } })).done !== null
      }
      inputs={[
        {
          name: 'priceListId',
          label: t('terms.list'),
          hint: t('terms.baselineHint'),
          choices: lists.map((one) => ({ id: one.id, label: one.name })),
        },
      ]}
    />
  )
}
