import { ChevronRight } from 'lucide-react'
import { useId, useState, type ReactNode } from 'react'
import { useTranslation } from 'react-i18next'

import { useFormats } from '../../i18n/format'
import { Button } from '../../ui/Button'
import { Card } from '../../ui/Card'
import { Notice } from '../../ui/Notice'
import { Impact } from '../impact/Impact'
import type { Roster } from './file'
import styles from './Roster.module.css'
import type { DifferencesFragment, RosterPersonWordsFragment } from './roster.generated'
import type { Compared } from './useRoster'

const KINDS = [
  'deactivated',
  'added',
  'admitted',
  'returned',
  'renamed',
  'roleChanged',
  'moved',
  'joinedTeams',
  'leftTeams',
] as const
const GROUPS = ['newDepartments', 'newTeams'] as const

type DifferencesProps = { roster: Roster; compared: Compared; onApply: () => void }

/** What the roster would change, whom, and what it costs; then the button that does it. */
export function Differences({ roster, compared, onApply }: DifferencesProps) {
  const { t } = useTranslation('roster')
  const { differences, impact, price } = compared
  const isNothing = [...KINDS, ...GROUPS].every((kind) => differences[kind].count === 0)
  if (isNothing) return <Notice tone="good" title={t('nothing', { count: roster.members.length })} />
  return (
    <>
      <Card title={t('differences')}>
        <div className={styles.groups}>
          {KINDS.filter((kind) => differences[kind].count > 0).map((kind) => (
            <Group key={kind} title={t(`kind.${kind}`, { count: differences[kind].count })}>
              <People kind={kind} found={differences[kind]} roster={roster} />
            </Group>
          ))}
          {GROUPS.filter((kind) => differences[kind].count > 0).map((kind) => (
            <Group key={kind} title={t(`kind.${kind}`, { count: differences[kind].count })}>
              <Names names={differences[kind].names} count={differences[kind].count} />
            </Group>
          ))}
          {differences.kept.count > 0 && (
            <Group title={t('kind.kept', { count: differences.kept.count })}>
              <p className="soft">{t('keptHint')}</p>
              <Names names={differences.kept.nodes.map((one) => one.name)} count={differences.kept.count} />
            </Group>
          )}
        </div>
      </Card>
      <Card title={t('price')}>
        {impact && price ? <Impact impact={impact} month={price.month} /> : <p className="soft">{t('noPrice')}</p>}
        <div>
          <Button look="primary" onPress={onApply}>
            {t('apply')}
          </Button>
        </div>
        <p className="soft">{t('applyHint', { count: differences.deactivated.count })}</p>
      </Card>
    </>
  )
}

function Group({ title, children }: { title: string; children: ReactNode }) {
  const [isOpen, setOpen] = useState(false)
  const id = useId()
  return (
    <div className={styles.group}>
      <button
        type="button"
        className={styles.head}
        aria-expanded={isOpen}
        aria-controls={id}
        onClick={() => {
          setOpen(!isOpen)
        }}
      >
        <ChevronRight size={16} aria-hidden />
        {title}
      </button>
      <div id={id} hidden={!isOpen}>
        {isOpen && <div className={styles.list}>{children}</div>}
      </div>
    </div>
  )
}

function Names({ names, count }: { names: readonly string[]; count: number }) {
  const { t } = useTranslation('roster')
  const format = useFormats()
  const more = count - names.length
  return <p>{format.list(more > 0 ? [...names, t('more', { count: more })] : names)}</p>
}

type PeopleProps = { kind: (typeof KINDS)[number]; found: DifferencesFragment; roster: Roster }

function People({ kind, found, roster }: PeopleProps) {
  const { t } = useTranslation('roster')
  const change = useChangeWords(kind)
  const more = found.count - found.nodes.length
  return (
    <ul className={styles.groups} aria-label={t(`kind.${kind}`, { count: found.count })}>
      {found.nodes.map(({ before, after, place }) => (
        <li key={after.email} className={styles.person}>
          <strong>{before?.name ?? after.name}</strong>
          <span className="soft">{before?.email ?? after.email}</span>
          <span>{change(before, after)}</span>
          {place !== null && <span className="soft">{t('atLine', { number: roster.numbers[place] })}</span>}
        </li>
      ))}
      {more > 0 && <li className="soft">{t('more', { count: more })}</li>}
    </ul>
  )
}

type Words = RosterPersonWordsFragment

/** What changed of one person, as this kind of difference is about it: "Sales → Sales/North". */
function useChangeWords(kind: PeopleProps['kind']) {
  const { t } = useTranslation('roster')
  const { t: common } = useTranslation()
  const format = useFormats()
  const teams = (one: Words) => format.list(one.teams) || t('none')
  const name = (one: Words) => [one.name, one.email, one.login ?? '', one.externalId ?? ''].filter(Boolean).join(' · ')
  const tell: Partial<Record<PeopleProps['kind'], (one: Words) => string>> = {
    renamed: name,
    roleChanged: (one) => common(`role.${one.role}`),
    moved: (one) => one.department ?? t('none'),
    joinedTeams: teams,
    leftTeams: teams,
  }
  const telling = tell[kind]
  return (before: Words | null, after: Words) => {
    if (kind === 'added') return after.department ?? ''
    return telling && before ? t('change', { before: telling(before), after: telling(after) }) : ''
  }
}
