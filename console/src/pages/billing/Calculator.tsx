import { useTranslation } from 'react-i18next'
import { useQuery } from 'urql'

import { useFormats } from '../../i18n/format'
import { Card, Figure, Figures } from '../../ui/Card'
import { TextField } from '../../ui/Field'
import { useTypedSearch } from '../../ui/useSearch'
import { Bill } from './Bill'
import { PriceQuoteDocument } from './billing.generated'
import styles from './Billing.module.css'

type CalculatorProps = { priceList: { id: string; name: string; freeThreshold: number }; month: string }

/** What so many seats cost in the month, by the list that prices it. */
export function Calculator({ priceList, month }: CalculatorProps) {
  const { t } = useTranslation('billing')
  const format = useFormats()
  const [typed, setTyped, settled] = useTypedSearch('seats')
  const seats = /^\d{1,9}$/.test(settled.trim()) ? Number(settled) : null
  const [{ data, error, fetching }] = useQuery({
    query: PriceQuoteDocument,
    variables: { seats: seats ?? 0, priceListId: priceList.id, month },
    pause: seats === null,
  })
  const isWrong = (settled.trim() !== '' && seats === null) || (seats !== null && error !== undefined && !fetching)
  const quote = seats !== null && !isWrong && data?.priceQuote.seats === seats ? data.priceQuote : null
  return (
    <Card title={t('calculator.title')} isWide>
      <p className="soft">{t('calculator.lead', { list: priceList.name, month: format.month(month) })}</p>
      <div className={styles.narrow}>
        <TextField
          label={t('calculator.seats')}
          value={typed}
          onChange={setTyped}
          inputMode="numeric"
          problems={isWrong ? [t('calculator.wrong')] : []}
        />
      </div>
      {quote && (
        <div aria-live="polite">
          <Figures>
            <Figure
              label={t('calculator.costs', { count: quote.seats })}
              value={format.money(quote.total)}
              note={quote.lines.length === 0 ? t('calculator.free', { count: priceList.freeThreshold }) : undefined}
            />
          </Figures>
          <Bill
            caption={t('calculator.title')}
            lines={quote.lines}
            discounts={[]}
            vat={quote.vat}
            total={quote.total}
          />
        </div>
      )}
    </Card>
  )
}
