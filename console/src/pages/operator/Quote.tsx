import { useTranslation } from 'react-i18next'

import { useLiveQuery } from '../../graphql/live'
import { useFormats } from '../../i18n/format'
import { Unavailable } from '../../shell/Unavailable'
import { Card, Figure, Figures } from '../../ui/Card'
import { DataTable } from '../../ui/DataTable'
import { Select, TextField } from '../../ui/Field'
import { Empty } from '../../ui/Notice'
import { Toolbar } from '../../ui/Page'
import { Progress } from '../../ui/Progress'
import { useSearch, useTypedSearch } from '../../ui/useSearch'
import type { PriceList } from './PriceLists'
import { OperatorQuoteDocument, type OperatorQuoteQuery } from './prices.generated'
import { readTyped } from './typed'

/** What so many seats would cost by a list: nothing is stored, and nobody is billed. */
export function Quote({ lists }: { lists: readonly PriceList[] }) {
  const { t } = useTranslation('operator')
  const [typed, setTyped, seats] = useTypedSearch('seats')
  const [list, setList] = useSearch('list', 'public')
  const [month, setMonth] = useSearch('month')
  const count = readTyped('count', seats)
  const [{ data, error, fetching }, again] = useLiveQuery({
    query: OperatorQuoteDocument,
    variables: {
      seats: Number(count ?? 0),
      priceListId: list === 'public' ? null : list,
      month: month === '' ? null : month,
    },
    pause: typeof count !== 'string',
  })
  const quote = typeof count === 'string' && !error ? data?.priceQuote : undefined
  return (
    <Card title={t('prices.view.quote')}>
      <Toolbar>
        <TextField
          label={t('prices.quoteSeats')}
          value={typed}
          onChange={setTyped}
          inputMode="numeric"
          problems={count === undefined ? [t('typed.count')] : []}
        />
        <Select
          label={t('terms.list')}
          value={list}
          onChange={setList}
          choices={[
            { id: 'public', label: t('terms.publicList') },
            ...lists.map((one) => ({ id: one.id, label: one.name })),
          ]}
        />
        <TextField label={t('prices.quoteMonth')} type="month" value={month} onChange={setMonth} />
      </Toolbar>
      {count === null && <p className="soft">{t('prices.quoteHint')}</p>}
      {fetching && !quote && <Progress label={t('prices.quoting')} />}
      {error && <Unavailable error={error} onRetry={again} />}
      {quote && <Quoted quote={quote} />}
    </Card>
  )
}

function Quoted({ quote }: { quote: OperatorQuoteQuery['priceQuote'] }) {
  const { t } = useTranslation('operator')
  const format = useFormats()
  const { currency } = quote.total
  return (
    <>
      <Figures>
        <Figure label={t('prices.quoteTotal')} value={format.money(quote.total)} note={quote.priceList.name} />
        <Figure label={t('prices.quoteNet')} value={format.money(quote.vat.net)} />
        <Figure
          label={t('prices.quoteVat', { rate: format.percent(quote.vat.rate) })}
          value={format.money(quote.vat.amount)}
        />
      </Figures>
      <DataTable
        label={t('prices.quoteLines')}
        items={quote.lines.map((one, place) => ({ id: String(place), ...one }))}
        empty={<Empty title={t('prices.quoteFree')} />}
        columns={[
          { id: 'what', name: t('prices.line'), isRowHeader: true, cell: (one) => one.description },
          { id: 'quantity', name: t('prices.quantity'), isNumber: true, cell: (one) => format.number(one.quantity) },
          {
            id: 'price',
            name: t('prices.unitPrice'),
            isNumber: true,
            cell: (one) => format.money({ amount: one.unitPrice, currency }),
          },
          { id: 'amount', name: t('payments.amount'), isNumber: true, cell: (one) => format.money(one.amount) },
        ]}
      />
    </>
  )
}
