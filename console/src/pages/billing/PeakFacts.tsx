import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'

import { useFormats } from '../../i18n/format'
import { useOrganization } from '../../shell/OrganizationShell'
import { Button } from '../../ui/Button'
import { Facts, Figure, Figures } from '../../ui/Card'
import { Actions } from '../../ui/Page'
import type { PeakFactsFragment } from './bill.generated'
import { useCause } from './useCause'

type PeakFactsProps = { peak: PeakFactsFragment; timeZone: string; month?: string; onHolders: () => void }

/** The moment that a month is charged by: how many, since when, through which change, and a way to who they were. */
export function PeakFacts({ peak, timeZone, month, onHolders }: PeakFactsProps) {
  const { t } = useTranslation('billing')
  const format = useFormats()
  const { slug } = useOrganization()
  const { who, what } = useCause(peak.raisedBy)
  if (peak.reachedAt === null) return <p className="soft">{t('peak.none')}</p>
  return (
    <>
      <Figures>
        <Figure
          label={t('peak.seats')}
          value={format.number(peak.seats)}
          note={t('peak.since', { at: format.exactInstant(peak.reachedAt, timeZone) })}
        />
      </Figures>
      {peak.raisedBy ? (
        <Facts
          facts={[
            [t('peak.what'), what],
            [t('peak.who'), who],
          ]}
        />
      ) : (
        <p className="soft">{t('peak.carried')}</p>
      )}
      <Actions>
        <Button onPress={onHolders}>{t('peak.holders', { count: peak.seats })}</Button>
        {month !== undefined && <Link to={`/o/${slug}/month?month=${month}`}>{t('peak.chart')}</Link>}
      </Actions>
    </>
  )
}
