import { Building2, Mail, User, Users, UsersRound } from 'lucide-react'
import { useTranslation } from 'react-i18next'

import type { Problem, Refusal } from '../../graphql/refusals'
import { Button } from '../../ui/Button'
import { useReasonWords } from '../impact/reasons'
import { type Side, type Token, tokenOf } from './choice'
import styles from './Seats.module.css'
import { type Shown, useSubjectWords, useSubjects } from './useSubjects'

const ICONS = { member: User, team: Users, department: Building2, everyone: UsersRound, email: Mail }

type ChosenProps = {
  side: Side
  tokens: readonly Token[]
  refusal: Refusal | null
  onLeaveOut: (token: Token) => void
  onPut: (token: Token, instead: Token) => void
}

/** What was chosen, each with what stands against it and a way to put that right. */
export function Chosen({ side, tokens, refusal, onLeaveOut, onPut }: ChosenProps) {
  const { t } = useTranslation('seats')
  const subjects = useSubjects(tokens)
  if (tokens.length === 0) return null
  return (
    <ul className={styles.chosen} aria-label={t(`chosen.${side}`)}>
      {subjects.map((subject, place) => (
        <Subject
          key={subject.token}
          subject={subject}
          problems={problemsOf(refusal, side, place)}
          onLeaveOut={onLeaveOut}
          onPut={onPut}
        />
      ))}
    </ul>
  )
}

type SubjectProps = Pick<ChosenProps, 'onLeaveOut' | 'onPut'> & { subject: Shown; problems: readonly Problem[] }

function Subject({ subject, problems, onLeaveOut, onPut }: SubjectProps) {
  const { t } = useTranslation('seats')
  const reasonOf = useReasonWords()
  const Icon = ICONS[subject.kind]
  return (
    <li>
      <Icon size={18} aria-hidden />
      <div className={styles.subject}>
        <strong>{subject.label}</strong>
        {subject.hint !== '' && <span className="soft">{subject.hint}</span>}
        {problems.map((problem) => (
          <span key={problem.code} className={styles.problem} role="alert">
            {reasonOf(problem.code, problem.message)}
          </span>
        ))}
        {problems.some((one) => one.code === 'NOT_SUBSCRIBED') && <Instead subject={subject} onPut={onPut} />}
      </div>
      <Button
        look={problems.length > 0 ? 'plain' : 'quiet'}
        aria-label={t('leaveOutWho', { who: subject.label })}
        onPress={() => {
          onLeaveOut(subject.token)
        }}
      >
        {t('leaveOut')}
      </Button>
    </li>
  )
}

/** Who is seated through a group has nothing of their own to end; the group has. */
function Instead({ subject, onPut }: { subject: Shown; onPut: ChosenProps['onPut'] }) {
  const { t } = useTranslation('seats')
  const { sourceOf } = useSubjectWords()
  const groups = subject.sources.filter((source) => source.subject.__typename !== 'Member')
  return groups.map((source) => (
    <Button
      key={source.id}
      onPress={() => {
        onPut(tokenOf(source.subject), subject.token)
      }}
    >
      {t('instead', { source: sourceOf(source) })}
    </Button>
  ))
}

const INPUTS = { add: 'subscribe', remove: 'unsubscribe' } as const

function problemsOf(refusal: Refusal | null, side: Side, place: number): Problem[] {
  return (refusal?.problems ?? []).filter(
    (problem) => problem.path[1] === INPUTS[side] && problem.path[2] === String(place),
  )
}
