import { useState } from 'react'
import { useTranslation } from 'react-i18next'

import type { Problem, Refusal } from '../../graphql/refusals'
import { useFormats } from '../../i18n/format'
import { Button } from '../../ui/Button'
import { Card } from '../../ui/Card'
import { DataTable, type TableColumn } from '../../ui/DataTable'
import { TextField } from '../../ui/Field'
import { Notice, RefusalNotice } from '../../ui/Notice'
import { byPlace } from '../people/problems'
import { COLUMNS, type RefusedFile, type RefusedLine, type Roster } from './file'
import styles from './Roster.module.css'

type ProblemsProps = {
  refusedFile?: RefusedFile
  roster?: Roster
  refusal?: Refusal | null
  onAllow?: (most: number) => void
  onAgain?: () => void
}

/** Everything that is wrong, by the line of the file; nothing was changed. */
export function RosterProblems({ refusedFile, roster, refusal = null, onAllow, onAgain }: ProblemsProps) {
  if (refusedFile) return <Unreadable refusal={refusedFile} />
  if (!roster) return null
  const { rest } = byPlace(refusal)
  const tooMany = rest.find((one) => one.path[1] === 'maxDeactivations')
  return (
    <>
      <Lines roster={roster} refusal={refusal} />
      {tooMany && onAllow && <TooMany problem={tooMany} onAllow={onAllow} />}
      {!tooMany && refusal && (rest.length > 0 || refusal.problems.length === 0) && (
        <Again refusal={{ ...refusal, problems: rest }} {...(onAgain ? { onAgain } : {})} />
      )}
    </>
  )
}

function Unreadable({ refusal }: { refusal: RefusedFile }) {
  const { t } = useTranslation('roster')
  const format = useFormats()
  const columns = 'columns' in refusal ? format.list(refusal.columns) : ''
  const number = 'number' in refusal ? refusal.number : 0
  return (
    <Notice tone="bad" title={t('unreadable')}>
      {t(`cannot.${refusal.reason}`, { columns, number, known: COLUMNS.join(', ') })}
    </Notice>
  )
}

type Line = { id: string; number: number; who: string; column: string; reason: string }

function useLines(roster: Roster, refusal: Refusal | null): Line[] {
  const { t } = useTranslation('roster')
  const who = (number: number) => roster.members[roster.numbers.indexOf(number)]
  const line = (number: number, column: string | undefined, reason: string, place: number): Line => {
    const member = who(number)
    const id = `${String(number)} ${String(place)}`
    return { id, number, column: column ?? '—', reason, who: member?.email || (member?.name ?? '') || '—' }
  }
  const own = (one: RefusedLine) =>
    one.reason === 'role' ? t('line.role', { said: one.said }) : t('line.fields', { count: Number(one.said) })
  const known = new Set(roster.refused.map((one) => one.number))
  const found = roster.refused.map((one, place) => line(one.number, one.column ?? undefined, own(one), place))
  for (const [place, problems] of byPlace(refusal).places) {
    const number = roster.numbers[place] ?? 0
    if (known.has(number)) continue
    problems.forEach((one: Problem, nth) => {
      found.push(line(number, one.path[3], one.message, nth))
    })
  }
  return found.sort((one, other) => one.number - other.number)
}

function Lines({ roster, refusal }: { roster: Roster; refusal: Refusal | null }) {
  const { t } = useTranslation('roster')
  const lines = useLines(roster, refusal)
  if (lines.length === 0) return null
  const count = new Set(lines.map((one) => one.number)).size
  const columns: TableColumn<Line>[] = [
    { id: 'number', name: t('line.number'), width: 90, isNumber: true, cell: (one) => one.number },
    { id: 'who', name: t('line.who'), isRowHeader: true, minWidth: 200, cell: (one) => one.who },
    { id: 'column', name: t('line.column'), width: 130, cell: (one) => one.column },
    {
      id: 'reason',
      name: t('line.reason'),
      minWidth: 380,
      cell: (one) => (
        <span className="two-lines" title={one.reason}>
          {one.reason}
        </span>
      ),
    },
  ]
  return (
    <>
      <Notice tone="bad" title={t('refused', { count })}>
        {t('refusedHint')}
      </Notice>
      <DataTable label={t('line.title')} columns={columns} items={lines} empty={null} height={420} />
    </>
  )
}

/** Perhaps half of the file is missing: so many are deactivated only by somebody who says so. */
function TooMany({ problem, onAllow }: { problem: Problem; onAllow: (most: number) => void }) {
  const { t } = useTranslation('roster')
  const [most, setMost] = useState('')
  const isNumber = /^\d+$/.test(most.trim())
  return (
    <Card title={t('tooMany.title')}>
      <p>{problem.message}</p>
      <p>{t('tooMany.hint')}</p>
      <div className={styles.allow}>
        <TextField label={t('tooMany.most')} value={most} onChange={setMost} inputMode="numeric" />
        <Button
          isDisabled={!isNumber}
          onPress={() => {
            onAllow(Number(most))
          }}
        >
          {t('tooMany.allow')}
        </Button>
      </div>
    </Card>
  )
}

function Again({ refusal, onAgain }: { refusal: Refusal; onAgain?: () => void }) {
  const { t } = useTranslation('roster')
  return (
    <>
      <RefusalNotice refusal={refusal} />
      {onAgain && (
        <div>
          <Button onPress={onAgain}>{t('again')}</Button>
        </div>
      )}
    </>
  )
}
