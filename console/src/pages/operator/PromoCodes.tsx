import { Ban } from 'lucide-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'

import { useLiveQuery } from '../../graphql/live'
import { backward, usePages } from '../../graphql/pages'
import { useFormats } from '../../i18n/format'
import { ListTable } from '../../shell/ListTable'
import { Badge } from '../../ui/Badge'
import type { TableColumn } from '../../ui/DataTable'
import { Select } from '../../ui/Field'
import { ICON } from '../../ui/IconButton'
import { Empty } from '../../ui/Notice'
import { Page } from '../../ui/Page'
import { useOperatorChange } from './changes'
import { DialogButton } from './DialogButton'
import { InputForm, type Input, type Values } from './InputForm'
import { OperatorPricesDocument } from './prices.generated'
import {
  CreatePromoCodeDocument,
  DisablePromoCodeDocument,
  OperatorPromoCodesDocument,
  type OperatorPromoCodesQuery,
} from './promo.generated'

type PromoCode = NonNullable<OperatorPromoCodesQuery['promoCodes']>['nodes'][number]

/** Codes that take something off for a while: a percentage, or all above what a private list asks. */
export function PromoCodes() {
  const { t } = useTranslation('operator')
  const codes = usePages('promo codes', OperatorPromoCodesDocument, {}, (data) => backward(data.promoCodes))
  const columns = useColumns()
  return (
    <Page
      title={t('promo.title')}
      lead={codes.totalCount === null ? undefined : t('promo.count', { count: codes.totalCount })}
      actions={
        <DialogButton name="new" label={t('promo.new')} look="primary">
          {(close) => <NewPromoCode onDone={close} />}
        </DialogButton>
      }
    >
      <ListTable
        list={codes}
        label={t('promo.title')}
        columns={columns}
        empty={<Empty title={t('promo.empty')}>{t('promo.emptyHint')}</Empty>}
      />
    </Page>
  )
}

function useColumns(): TableColumn<PromoCode>[] {
  const { t } = useTranslation('operator')
  const format = useFormats()
  return [
    { id: 'code', name: t('promo.code'), isRowHeader: true, minWidth: 160, cell: (one) => <code>{one.code}</code> },
    {
      id: 'off',
      name: t('promo.off'),
      minWidth: 180,
      cell: (one) => (one.percent === null ? (one.priceList?.name ?? '—') : format.percent(one.percent)),
    },
    { id: 'periods', name: t('promo.periods'), width: 110, isNumber: true, cell: (one) => format.number(one.periods) },
    {
      id: 'uses',
      name: t('promo.uses'),
      width: 150,
      cell: (one) =>
        one.mostUses === null ? format.number(one.uses) : t('promo.usesOf', { uses: one.uses, count: one.mostUses }),
    },
    {
      id: 'by',
      name: t('promo.redeemBy'),
      width: 230,
      cell: (one) => (one.redeemBy === null ? t('promo.always') : format.zonedInstant(one.redeemBy)),
    },
    {
      id: 'actions',
      name: t('actions'),
      width: 120,
      cell: (one) =>
        one.disabledAt === null ? (
          <DialogButton
            name={`disable ${one.id}`}
            label={t('promo.disable')}
            icon={<Ban {...ICON} />}
            look="danger"
            describes={one.code}
          >
            {(close) => <Disable code={one} onDone={close} />}
          </DialogButton>
        ) : (
          <Badge>{t('promo.disabled')}</Badge>
        ),
    },
  ]
}

/** Where the reader is: whoever makes a code thinks of the end of a day there. */
const ownZone = () => Intl.DateTimeFormat().resolvedOptions().timeZone

function NewPromoCode({ onDone }: { onDone: () => void }) {
  const { t } = useTranslation('operator')
  const [kind, setKind] = useState<'percent' | 'list'>('percent')
  const [{ data }] = useLiveQuery({ query: OperatorPricesDocument, variables: {} })
  const { change, isPending, refusal } = useOperatorChange(CreatePromoCodeDocument)
  const lists = (data?.priceLists ?? []).filter((one) => !one.isPublic)
  const create = async (values: Values) => {
    const what = kind === 'percent' ? { percent: values.percent ?? null } : { priceListId: values.priceListId ?? null }
    const { done } = await change({
      input: {
        ...what,
        code: values.code ?? '',
        periods: Number(values.periods),
        mostUses: values.mostUses === null || values.mostUses === undefined ? null : Number(values.mostUses),
        redeemBy: values.redeemBy ?? null,
      },
    })
    return done !== null
  }
  const off: Input =
    kind === 'percent'
      ? { name: 'percent', label: t('promo.percent'), kind: 'decimal', hint: t('promo.percentHint') }
      : {
          name: 'priceListId',
          label: t('terms.list'),
          hint: t('promo.listHint'),
          choices: lists.map((one) => ({ id: one.id, label: one.name })),
        }
  return (
    <>
      <Select
        label={t('promo.kind')}
        value={kind}
        onChange={setKind}
        choices={[
          { id: 'percent', label: t('promo.byPercent') },
          { id: 'list', label: t('promo.byList') },
        ]}
      />
      <InputForm
        label={t('promo.new')}
        send={t('create')}
        refusal={refusal}
        isPending={isPending}
        onSend={create}
        onDone={onDone}
        inputs={[
          { name: 'code', label: t('promo.code'), hint: t('promo.codeHint') },
          off,
          { name: 'periods', label: t('promo.periods'), kind: 'count', initial: '3' },
          {
            name: 'mostUses',
            label: t('promo.mostUses'),
            kind: 'count',
            isOptional: true,
            hint: t('promo.mostUsesHint'),
          },
          {
            name: 'redeemBy',
            label: t('promo.redeemBy'),
            kind: 'instant',
            timeZone: ownZone(),
            isOptional: true,
            hint: t('promo.redeemByHint', { zone: ownZone() }),
          },
        ]}
      />
    </>
  )
}

function Disable({ code, onDone }: { code: PromoCode; onDone: () => void }) {
  const { t } = useTranslation('operator')
  const { change, isPending, refusal } = useOperatorChange(DisablePromoCodeDocument)
  return (
    <InputForm
      label={t('promo.disable')}
      look="danger"
      warning={t('promo.disableWarning', { code: code.code })}
      refusal={refusal}
      isPending={isPending}
      onDone={onDone}
      onSend={async () => (await change({ input: { promoCodeId: code.id } })).done !== null}
      inputs={[]}
    />
  )
}
