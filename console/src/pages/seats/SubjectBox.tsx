import { useEffect, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useQuery } from 'urql'

import { useOrganization } from '../../shell/OrganizationShell'
import { ComboBox } from '../../ui/ComboBox'
import { SubjectSearchDocument } from './change.generated'
import { type Side, type Token } from './choice'
import { useSubjectWords } from './useSubjects'

type SubjectBoxProps = { side: Side; taken: readonly Token[]; onChoose: (token: Token) => void }

/** Finds people, teams, departments and everyone; to subscribe, also somebody who is not there yet. */
export function SubjectBox({ side, taken, onChoose }: SubjectBoxProps) {
  const { t } = useTranslation('seats')
  const [text, setText] = useState('')
  const choices = useFound(side, text).filter((one) => !taken.includes(one.id))
  const box = useRef<HTMLDivElement>(null)
  const [turn, setTurn] = useState(0)
  useEffect(() => {
    if (turn > 0) box.current?.querySelector('input')?.focus()
  }, [turn])
  return (
    <div ref={box}>
      <ComboBox
        key={turn} // begun anew for the next one, closed and empty
        isQuiet
        label={t(`box.${side}`)}
        hint={t(`box.${side}Hint`)}
        text={text}
        onText={setText}
        choices={choices}
        chosen={null}
        onChoose={(token) => {
          onChoose(token)
          setText('')
          setTurn(turn + 1)
        }}
        empty={t('box.nothing')}
      />
    </div>
  )
}

function useFound(side: Side, text: string) {
  const { t } = useTranslation('seats')
  const { show } = useSubjectWords()
  const { slug } = useOrganization()
  const settled = useSettled(text)
  const [{ data, fetching }] = useQuery({ query: SubjectSearchDocument, variables: { slug, text: settled } })
  const found = (data?.organization?.subjectSearch ?? []).map((one) => ({ ...show(one), one }))
  const kinds = { member: 'kind.member', team: 'kind.team', department: 'kind.department' } as const
  const typed = text.trim()
  const isOfThis = settled === text && !fetching
  const choices = found
    .map(({ token, label, hint, kind }) => ({ id: token, label, hint: `${t(kinds[kind as 'member'])} · ${hint}` }))
    // What was found for fewer letters: who is not meant must not be what Enter chooses.
    .filter((one) => isOfThis || `${one.label} ${one.hint}`.toLowerCase().includes(typed.toLowerCase()))
  const isKnown = found.some(({ one }) => one.__typename === 'Member' && one.email === typed.toLowerCase())
  const everyone = t('everyone')
  return [
    ...(everyone.toLowerCase().includes(typed.toLowerCase())
      ? [{ id: 'everyone', label: everyone, hint: t('kind.everyone') }]
      : []),
    ...choices,
    ...(side === 'add' && isAddress(typed) && !isKnown && settled.trim() === typed
      ? [{ id: `email:${typed}`, label: typed, hint: t('hint.invite') }]
      : []),
  ]
}

const isAddress = (text: string) => /^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(text)

/** What was typed, a moment later: the server is not asked for every letter. */
function useSettled(text: string): string {
  const [settled, settle] = useState(text)
  useEffect(() => {
    const timer = setTimeout(() => {
      settle(text)
    }, 200)
    return () => {
      clearTimeout(timer)
    }
  }, [text])
  return settled
}
