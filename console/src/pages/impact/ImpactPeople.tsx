import { useTranslation } from 'react-i18next'

import { useFormats } from '../../i18n/format'
import type { ImpactFragment } from './impact.generated'
import styles from './Impact.module.css'
import { useReasonWords } from './reasons'
import { useSourceWords } from './sources'

type Line = { id: string; name: string; note?: string }
type Group = { kind: 'newlySeated' | 'alreadySeated' | 'stillSeated' | 'losing' | 'wouldWait' | 'invited' }

/** Whom a change is about, and what becomes of each. */
export function ImpactPeople({ impact }: { impact: ImpactFragment }) {
  const { t } = useTranslation('impact')
  const format = useFormats()
  const sourceOf = useSourceWords()
  const reasonOf = useReasonWords()
  const named = (people: ImpactFragment['newlySeated']): Line[] => people.map(lineOf)
  const still = impact.stillSeated.map((one) => ({
    ...lineOf(one.member),
    note: t('through', { sources: format.list(one.sources.map(({ subject }) => sourceOf(subject))) }),
  }))
  const waiting = impact.wouldWaitFor.map((one) => ({ ...lineOf(one.member), note: reasonOf(one.reason) }))
  const invited = impact.invited.map((email) => ({ id: email, name: email }))
  return (
    <div className={styles.groups}>
      <People kind="newlySeated" count={impact.newlySeatedCount} lines={named(impact.newlySeated)} />
      <People kind="losing" count={impact.losingSeatCount} lines={named(impact.losingSeat)} />
      <People kind="stillSeated" count={impact.stillSeatedCount} lines={still} />
      <People kind="alreadySeated" count={impact.alreadySeatedCount} lines={named(impact.alreadySeated)} />
      <People kind="wouldWait" count={impact.wouldWaitCount} lines={waiting} />
      <People kind="invited" count={invited.length} lines={invited} />
    </div>
  )
}

/** So many names are there without being asked for. */
const AT_ONCE = 5

function People({ kind, count, lines }: Group & { count: number; lines: readonly Line[] }) {
  const { t } = useTranslation('impact')
  if (count === 0) return null
  return (
    <details className={styles.group} open={count <= AT_ONCE}>
      <summary>{t(`group.${kind}`, { count })}</summary>
      <ul>
        {lines.map((line) => (
          <li key={line.id}>
            {line.name} {line.note !== undefined && <span className="soft">{line.note}</span>}
          </li>
        ))}
        {count > lines.length && <li className="soft">{t('more', { count: count - lines.length })}</li>}
      </ul>
    </details>
  )
}

const lineOf = (member: { id: string; name: string | null; email: string | null }): Line => ({
  id: member.id,
  name: member.name ?? member.email ?? '—',
})
