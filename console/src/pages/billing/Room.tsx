import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'

import { useFormats } from '../../i18n/format'
import { useOrganization } from '../../shell/OrganizationShell'
import { Card, Facts, Figure, Figures } from '../../ui/Card'
import type { Preview } from './Billing'
import bill from './Bill.module.css'
import { seatRange } from './Bill'

/** How many more seats fit until something costs more, or is refused; and the prices themselves. */
export function Room({ preview }: { preview: Preview }) {
  const { t } = useTranslation('billing')
  const format = useFormats()
  const { headroom, cliff, seatsToNextTier } = preview
  return (
    <>
      <Card title={t('room.title')}>
        <Figures>
          <Figure label={t('room.headroom')} value={format.number(headroom)} note={t('room.headroomNote')} />
          <Figure label={t('room.nextSeat')} value={format.money(preview.nextSeatPrice)} />
        </Figures>
        {cliff && (
          <p>
            {t('room.cliff', {
              count: cliff.seats,
              month: format.month(cliff.month),
              amount: format.money(cliff.amount),
            })}
          </p>
        )}
        <Facts
          facts={[
            [
              t('room.tier'),
              seatsToNextTier === null ? t('room.lastTier') : t('room.seats', { count: seatsToNextTier }),
            ],
            ...preview.limits.map(
              (limit) =>
                [t(`limit.${limit.code as 'CONTRACT_REQUIRED'}`), <Distance key={limit.code} limit={limit} />] as const,
            ),
          ]}
        />
        <Ways preview={preview} />
      </Card>
      <Prices preview={preview} />
    </>
  )
}

function Distance({ limit }: { limit: Preview['limits'][number] }) {
  const { t } = useTranslation('billing')
  const format = useFormats()
  const { seats, budget, left } = limit
  if (budget && left) {
    return t('room.ofBudget', { count: seats, left: format.money(left), budget: format.money(budget) })
  }
  return t('room.ofLimit', { count: seats, limit: format.number(limit.limit ?? 0) })
}

/** What can be done about a limit that is near. */
function Ways({ preview }: { preview: Preview }) {
  const { t } = useTranslation('billing')
  const { slug } = useOrganization()
  const needsPayer = preview.limits.some((limit) => limit.code === 'BILLING_PROFILE_REQUIRED')
  if (!needsPayer) return null
  return (
    <p>
      <Link to={`/o/${slug}/account?edit=payer`}>{t('room.toPayer')}</Link>
    </p>
  )
}

function Prices({ preview: { priceList } }: { preview: Preview }) {
  const { t } = useTranslation('billing')
  const format = useFormats()
  const { currency, tiers, freeThreshold } = priceList
  return (
    <Card title={t('prices.title')}>
      <p className="soft">{t('prices.lead', { name: priceList.name, count: freeThreshold })}</p>
      <table className={bill.bill}>
        <caption className="visually-hidden">{t('prices.title')}</caption>
        <thead>
          <tr>
            <th scope="col">{t('bill.what')}</th>
            <th scope="col">{t('prices.each')}</th>
          </tr>
        </thead>
        <tbody>
          {tiers.map((tier, place) => {
            const from = (tiers[place - 1]?.upTo ?? 0) + 1
            const unit = format.price({ amount: tier.unitPrice, currency })
            const flat = Number(tier.flatAmount) === 0 ? null : format.price({ amount: tier.flatAmount, currency })
            return (
              <tr key={from}>
                <th scope="row">
                  {tier.upTo === null
                    ? t('bill.more', { from: format.number(from) })
                    : seatRange(t, format, from, tier.upTo)}
                </th>
                <td>{flat === null ? unit : t('bill.withFlat', { unit, flat })}</td>
              </tr>
            )
          })}
        </tbody>
      </table>
    </Card>
  )
}
