import { useTranslation } from 'react-i18next'

import { useLiveQuery } from '../../graphql/live'
import { monthOf, useFormats } from '../../i18n/format'
import { Loading } from '../../shell/Loading'
import { NotFound } from '../../shell/NotFound'
import { Unavailable } from '../../shell/Unavailable'
import { Badge } from '../../ui/Badge'
import { Card, Cards, Facts } from '../../ui/Card'
import { Empty } from '../../ui/Notice'
import { Page } from '../../ui/Page'
import { useSearch } from '../../ui/useSearch'
import { Views } from '../../ui/Views'
import { useOperatorChange } from './changes'
import { DialogButton } from './DialogButton'
import { InputForm } from './InputForm'
import { Issuer } from './Issuer'
import { NewPriceList } from './NewPriceList'
import { DeletePriceListDocument, OperatorPricesDocument, type OperatorPricesQuery } from './prices.generated'
import { Quote } from './Quote'
import { Tiers } from './Tiers'
import { VatRates } from './VatRates'

export type PriceList = OperatorPricesQuery['priceLists'][number]

const VIEWS = ['lists', 'quote', 'vat', 'issuer'] as const

/** What seats cost, whose prices hold when, and who invoices are from. */
export function PriceLists() {
  const { t } = useTranslation('operator')
  const [view] = useSearch('view', 'lists')
  const [list] = useSearch('list', 'public')
  const [{ data, error }, again] = useLiveQuery({ query: OperatorPricesDocument, variables: {} })
  if (error && !data) return <Unavailable error={error} onRetry={again} />
  if (!data) return <Loading />
  const isList = list === 'public' || data.priceLists.some((one) => one.id === list)
  if (!VIEWS.some((one) => one === view) || !isList) return <NotFound />
  const timeZone = data.issuer?.timeZone ?? 'Europe/Moscow'
  return (
    <Page
      title={t('prices.title')}
      actions={
        <DialogButton name="new" label={t('prices.new')} look="primary" isWide>
          {(close) => <NewPriceList lists={data.priceLists} onDone={close} />}
        </DialogButton>
      }
    >
      <Views label={t('prices.views')} name="view" views={VIEWS.map((id) => ({ id, label: t(`prices.view.${id}`) }))} />
      {view === 'lists' && <Lists lists={data.priceLists} now={monthOf(new Date(), timeZone)} />}
      {view === 'quote' && <Quote lists={data.priceLists} />}
      {view === 'vat' && <VatRates rates={data.vatRates} />}
      {view === 'issuer' && data.issuer && <Issuer issuer={data.issuer} />}
    </Page>
  )
}

function Lists({ lists, now }: { lists: readonly PriceList[]; now: string }) {
  const { t } = useTranslation('operator')
  const format = useFormats()
  if (lists.length === 0) return <Empty title={t('prices.empty')}>{t('prices.emptyHint')}</Empty>
  return (
    <Cards>
      {lists.map((list) => (
        <Card key={list.id} title={list.name}>
          <p>
            <Badge tone={list.isPublic ? 'good' : 'plain'}>
              {t(list.isPublic ? 'prices.public' : 'prices.private')}
            </Badge>{' '}
            {list.isPublic && list.effectiveFrom > now && <Badge tone="warn">{t('prices.later')}</Badge>}
          </p>
          <Tiers list={list} />
          <Facts
            facts={[
              [t('prices.from'), format.month(list.effectiveFrom)],
              [t('prices.free'), t('prices.seatsFree', { count: list.freeThreshold })],
              [t('prices.vat'), t(list.vatIncluded ? 'prices.vatInside' : 'prices.vatOnTop')],
              [
                t('prices.legacy'),
                list.baseline
                  ? t('prices.legacyOf', { count: list.legacyPeriods, name: list.baseline.name })
                  : t('prices.noLegacy'),
              ],
            ]}
          />
          {list.isDeletable ? (
            <div>
              <DialogButton name={`delete ${list.id}`} label={t('prices.delete')} look="danger" describes={list.name}>
                {(close) => <DeleteForm list={list} onDone={close} />}
              </DialogButton>
            </div>
          ) : (
            <p className="soft">
              {list.isPublic && list.effectiveFrom <= now ? t('prices.stays') : t('prices.isUsed')}
            </p>
          )}
        </Card>
      ))}
    </Cards>
  )
}

function DeleteForm({ list, onDone }: { list: PriceList; onDone: () => void }) {
  const { t } = useTranslation('operator')
  const { change, isPending, refusal } = useOperatorChange(DeletePriceListDocument)
  return (
    <InputForm
      label={t('prices.delete')}
      look="danger"
      warning={t('prices.deleteWarning', { name: list.name })}
      phrase={list.name}
      refusal={refusal}
      isPending={isPending}
      onDone={onDone}
      onSend={async () => (await change({ input: { priceListId: list.id } })).done !== null}
      inputs={[]}
    />
  )
}
