import { Building2, Mail, User, Users, UsersRound } from 'lucide-react'
import { useTranslation } from 'react-i18next'

import type { Problem, Refusal } from '../../graphql/refusals'
import { Button } from '../../ui/Button'
import { useReasonWords } from '../impact/reasons'
import { type Side, type Token, tokenOf } from './choice'
import styles from './Seats.module.css'
import { type Shown, useSubjectWords, useSubjects } from './useSubjects'

const ICONS = { member: User, team: Users, department: Building2, everyone: UsersRound, email: Mail }

/** The server names so many things by their ids at once. */
const MOST_NAMED = 100

type ChosenProps = {
  side: Side
  tokens: readonly Token[]
  refusal: Refusal | null
  onLeaveOut: (token: Token) => void
  onPut: (token: Token, instead: Token) => void
}

/** What was chosen, each with what stands against it and a way to put that right. */
export function Chosen({ side, tokens, refusal, ...deeds }: ChosenProps) {
  const { t } = useTranslation('seats')
  if (tokens.length === 0) return null
  const starts = tokens.flatMap((_, place) => (place % MOST_NAMED === 0 ? [place] : []))
  return (
    <ul className={styles.chosen} aria-label={t(`chosen.${side}`)}>
      {starts.map((start) => (
        <Some
          key={start}
          side={side}
          tokens={tokens.slice(start, start + MOST_NAMED)}
          start={start}
          refusal={refusal}
          {...deeds}
        />
      ))}
    </ul>
  )
}

/** Those from one place on; what they are called is asked at once. */
function Some({ side, tokens, start, refusal, ...deeds }: ChosenProps & { start: number }) {
  const subjects = useSubjects(tokens)
  return subjects.map((subject, place) => (
    <Subject key={subject.token} subject={subject} problems={problemsOf(refusal, side, start + place)} {...deeds} />
  ))
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
