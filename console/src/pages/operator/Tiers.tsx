import { useTranslation } from 'react-i18next'

import { useFormats } from '../../i18n/format'
import styles from './Operator.module.css'
import type { PriceList } from './PriceLists'

/** A graduated list in words: each seat costs what its tier says. */
export function Tiers({ list }: { list: PriceList }) {
  const { t } = useTranslation('operator')
  const format = useFormats()
  const money = (amount: string) => format.money({ amount, currency: list.currency })
  return (
    <ul className={styles.lines}>
      {list.tiers.map((tier, place) => {
        const from = (list.tiers[place - 1]?.upTo ?? 0) + 1
        const flat = /[1-9]/.test(tier.flatAmount)
        const words = { from: format.number(from), to: format.number(tier.upTo ?? 0), price: money(tier.unitPrice) }
        return (
          <li key={from}>
            {tier.upTo === null ? t('prices.tierOpen', words) : t('prices.tier', words)}
            {flat && <span className="soft"> {t('prices.flatOf', { amount: money(tier.flatAmount) })}</span>}
          </li>
        )
      })}
    </ul>
  )
}
