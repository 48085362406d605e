import { useTranslation } from 'react-i18next'

import { addMonths, type Money, useFormats } from '../../i18n/format'
import type { ChangeInput } from '../../graphql/generated/schema'
import { useMay } from '../../shell/OrganizationShell'
import { Notice } from '../../ui/Notice'
import { Progress } from '../../ui/Progress'
import { Advice, type Replace } from './Advice'
import styles from './Impact.module.css'
import { ImpactPeople } from './ImpactPeople'
import { Refusals } from './Refusals'
import { ImpactTable } from './ImpactTable'
import { absolute, minus, signOf } from './money'
import type { ImpactFragment } from './impact.generated'
import { useWhatIf, type WhatIfAnswer } from './useWhatIf'
import { Warnings } from './Warnings'

type ImpactProps = {
  impact: ImpactFragment
  month: string
  /** The price that was told before for the same change. */
  earlier?: ImpactFragment | null
  /** How many seats the month takes without costing more, as things stand. */
  headroom?: number
  /** How seats can be taken away in the same change. */
  replace?: Replace
}

/** What a change costs, and whom it is about. */
export function Impact({ impact, month, earlier = null, headroom = 0, replace }: ImpactProps) {
  return (
    <div className={styles.impact}>
      {earlier && <Changed before={earlier.ifNothingChangesAfter} after={impact.ifNothingChangesAfter} />}
      <div role="status" className={styles.headlines}>
        <Headline month={month} difference={impact.ifNothingChangesDifference} isFirst />
        <Headline month={addMonths(month, 1)} difference={minus(impact.nextMonthAfter, impact.nextMonthBefore)} />
      </div>
      <ImpactTable impact={impact} month={month} />
      <Advice impact={impact} headroom={headroom} replace={replace} />
      <Warnings impact={impact} month={month} />
      <ImpactPeople impact={impact} />
    </div>
  )
}

type AskedImpactProps = {
  whatIf: WhatIfAnswer
  replace?: Replace
  /** Inputs whose problems stand beside them already. */
  shown?: readonly string[]
}

/** The answer of `useWhatIf`, where somebody is about to agree to it: also why the change would be refused. */
export function AskedImpact({ whatIf, replace, shown = [] }: AskedImpactProps) {
  const { t } = useTranslation('impact')
  const { impact, refusal, isAsking } = whatIf
  if (!impact && !refusal) return isAsking ? <Progress label={t('asking')} /> : null
  return (
    <div className={styles.impact} aria-busy={isAsking}>
      <Refusals refusal={refusal} refused={impact?.refusals ?? []} shown={shown} />
      {impact && (
        <Impact
          impact={impact}
          month={whatIf.month}
          earlier={whatIf.earlier}
          headroom={whatIf.headroom}
          replace={replace}
        />
      )}
    </div>
  )
}

/** What a change would do, asked and shown in one, for whoever may see amounts. */
export function WhatIf({ change }: { change: ChangeInput }) {
  const { t } = useTranslation('impact')
  const may = useMay()
  const isSeen = may('BILLING_VIEW') && may('SEAT_VIEW')
  const whatIf = useWhatIf(isSeen ? change : null)
  return isSeen ? <AskedImpact whatIf={whatIf} /> : <Notice>{t('unseen')}</Notice>
}

const KEYS = { '-1': 'headline.less', '0': 'headline.same', '1': 'headline.more' } as const

function Headline({ month, difference, isFirst }: { month: string; difference: Money; isFirst?: boolean }) {
  const { t } = useTranslation('impact')
  const format = useFormats()
  const sign = signOf(difference)
  const words = { month: format.month(month), amount: format.money(absolute(difference)) }
  const tone = sign > 0 ? styles.more : sign < 0 ? styles.less : ''
  return <p className={`${isFirst ? styles.first : styles.second} ${tone}`}>{t(KEYS[`${sign}`], words)}</p>
}

/** Somebody else made it another price while it was looked at. */
function Changed({ before, after }: { before: Money; after: Money }) {
  const { t } = useTranslation('impact')
  const format = useFormats()
  return (
    <Notice tone="warn" title={t('changed.title')}>
      {t('changed.words', { before: format.money(before), after: format.money(after) })}
    </Notice>
  )
}
