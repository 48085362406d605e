import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'

import { useFormats } from '../../i18n/format'
import { useOrganization } from '../../shell/OrganizationShell'
import { Notice } from '../../ui/Notice'
import type { ImpactFragment } from './impact.generated'

type Warning = ImpactFragment['warnings'][number]
type WarningsProps = { impact: ImpactFragment; month: string }

const TONES: Record<string, 'good' | 'warn'> = {
  FREE_THRESHOLD_CROSSED: 'warn',
  TIER_CROSSED: 'warn',
  REVOKE_FIRST_SAVES: 'good',
  IN_GRACE: 'good',
  WOULD_WAIT: 'warn',
  SUSPENDED: 'warn',
  LIMIT_NEAR: 'warn',
  LIMIT_REACHED: 'warn',
}

/** What whoever makes the change should know. */
export function Warnings({ impact, month }: WarningsProps) {
  const { t } = useTranslation('impact')
  const { slug } = useOrganization()
  const say = useWarningWords(impact, month)
  return impact.warnings.map((warning, place) => (
    <Notice
      key={`${warning.code} ${String(place)}`}
      tone={TONES[warning.code]}
      actions={warning.code === 'WOULD_WAIT' && <Link to={`/o/${slug}/waiting`}>{t('toWaiting')}</Link>}
    >
      {say(warning)}
    </Notice>
  ))
}

function useWarningWords(impact: ImpactFragment, month: string) {
  const { t, i18n } = useTranslation('impact')
  const format = useFormats()
  const counts: Record<string, number> = { STILL_SEATED: impact.stillSeatedCount, WOULD_WAIT: impact.wouldWaitCount }
  return ({ code, message, amount }: Warning) => {
    const key = `warning.${code}${amount === null ? '' : '_amount'}`
    const words = {
      count: counts[code] ?? impact.peakIfNothingChangesAfter,
      month: format.month(month),
      amount: amount === null ? '' : format.money(amount),
      peak: format.number(impact.grantFirst?.peak ?? 0),
    }
    const known = i18n.exists(key, { ns: 'impact', count: words.count })
    return known ? t(key as 'warning.TIER_CROSSED_amount', words) : message
  }
}
