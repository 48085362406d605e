import { useTranslation } from 'react-i18next'

import { addMonths, type Money, useFormats } from '../../i18n/format'
import { Notice } from '../../ui/Notice'
import { Progress } from '../../ui/Progress'
import { Advice } from './Advice'
import styles from './Impact.module.css'
import { ImpactPeople } from './ImpactPeople'
import { Refusals } from './Refusals'
import { ImpactTable } from './ImpactTable'
import { absolute, minus, signOf } from './money'
import type { WhatIf } from './useWhatIf'
import { Warnings } from './Warnings'

type ImpactProps = {
  whatIf: WhatIf
  /** Leads to where seats are taken away in the same change. */
  onReplace?: () => void
  /** Inputs whose problems stand beside them already. */
  shown?: readonly string[]
}

/** What a change will cost, and whom it is about, before anybody agrees to it. */
export function Impact({ whatIf, onReplace, shown = [] }: ImpactProps) {
  const { t } = useTranslation('impact')
  const { impact, month, refusal, earlier, isAsking } = whatIf
  if (!impact && !refusal) return isAsking ? <Progress label={t('asking')} /> : null
  return (
    <div className={styles.impact} aria-busy={isAsking}>
      <Refusals refusal={refusal} refused={impact?.refusals ?? []} shown={shown} />
      {impact && (
        <>
          {earlier && <Changed before={earlier.ifNothingChangesAfter} after={impact.ifNothingChangesAfter} />}
          <div role="status" className={styles.headlines}>
            <Headline month={month} difference={impact.ifNothingChangesDifference} isFirst />
            <Headline month={addMonths(month, 1)} difference={minus(impact.nextMonthAfter, impact.nextMonthBefore)} />
          </div>
          <ImpactTable impact={impact} month={month} />
          <Advice whatIf={whatIf} impact={impact} onReplace={onReplace} />
          <Warnings impact={impact} month={month} />
          <ImpactPeople impact={impact} />
        </>
      )}
    </div>
  )
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
