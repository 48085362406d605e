import { useState, type ReactNode } from 'react'
import { useTranslation } from 'react-i18next'

import { problemsAt, type Refusal } from '../../graphql/refusals'
import { Button } from '../../ui/Button'
import { Select, TextField } from '../../ui/Field'
import { Notice, RefusalNotice } from '../../ui/Notice'
import { Actions, Form } from '../../ui/Page'
import { readTyped, type Kind } from './typed'

export type Input = {
  /** Where the API has it: `reason`, `owner.email`. */
  name: string
  label: string
  kind?: Kind
  hint?: string
  initial?: string
  isOptional?: boolean
  /** The zone of an instant. */
  timeZone?: string
  choices?: readonly { id: string; label: string }[]
}

/** What was typed, by name: decimals, counts and instants as the API takes them; null for what is empty. */
export type Values = Record<string, string | null>

type InputFormProps = {
  label: string
  inputs: readonly Input[]
  refusal: Refusal | null
  isPending: boolean
  onSend: (values: Values) => Promise<boolean>
  onDone?: () => void
  /** What it will do, where that is not easily taken back. */
  warning?: ReactNode
  /** What has to be typed, letter for letter, before it can be sent. */
  phrase?: string
  look?: 'primary' | 'danger'
  send?: string
  children?: ReactNode
}

const TYPES = { instant: 'datetime-local', month: 'month', date: 'date', email: 'email' } as const
const MODES = { decimal: 'decimal', count: 'numeric' } as const

const typeOf = (kind: Kind) => (kind in TYPES ? TYPES[kind as keyof typeof TYPES] : 'text')

/** A change with a few inputs: what cannot be read is told before it is sent, what is refused where it was typed. */
export function InputForm(props: InputFormProps) {
  const { label, inputs, refusal, isPending, onSend, onDone, warning, phrase, look = 'primary', children } = props
  const { t } = useTranslation('operator')
  const [texts, setTexts] = useState<Record<string, string>>({})
  const [confirmed, setConfirmed] = useState('')
  const [hasTried, setTried] = useState(false)
  const textOf = (input: Input) => texts[input.name] ?? input.initial ?? input.choices?.[0]?.id ?? ''
  const read = (input: Input) => readTyped(input.kind ?? 'text', textOf(input), input.timeZone)
  const ownProblem = (input: Input): string[] => {
    const value = read(input)
    if (value === undefined) return [t(`typed.${input.kind as 'decimal'}`)]
    return value === null && !input.isOptional ? [t('typed.missing')] : []
  }
  const send = async () => {
    setTried(true)
    if (inputs.some((input) => ownProblem(input).length > 0) || (phrase !== undefined && phrase !== confirmed)) return
    const isDone = await onSend(Object.fromEntries(inputs.map((input) => [input.name, read(input) ?? null])))
    if (isDone) onDone?.()
  }
  return (
    <Form onSubmit={() => void send()} label={label}>
      <RefusalNotice refusal={refusal} shown={inputs.map((input) => input.name.split('.')[0] ?? '')} />
      {warning !== undefined && <Notice tone="warn">{warning}</Notice>}
      {inputs.map((input) => (
        <OneInput
          key={input.name}
          input={input}
          value={textOf(input)}
          problems={[...(hasTried ? ownProblem(input) : []), ...problemsAt(refusal, ...input.name.split('.'))]}
          onChange={(value) => {
            setTexts((before) => ({ ...before, [input.name]: value }))
          }}
        />
      ))}
      {children}
      {phrase !== undefined && (
        <TextField
          label={t('phrase', { phrase })}
          value={confirmed}
          onChange={setConfirmed}
          autoComplete="off"
          problems={hasTried && confirmed !== phrase ? [t('typed.phrase')] : []}
        />
      )}
      <Actions>
        <Button type="submit" look={look} isPending={isPending}>
          {props.send ?? label}
        </Button>
      </Actions>
    </Form>
  )
}

type OneInputProps = {
  input: Input
  value: string
  problems: readonly string[]
  onChange: (value: string) => void
}

function OneInput({ input, value, problems, onChange }: OneInputProps) {
  const { label, kind = 'text', hint, choices } = input
  if (choices) {
    return <Select label={label} choices={choices} value={value} onChange={onChange} problems={problems} hint={hint} />
  }
  return (
    <TextField
      label={label}
      value={value}
      onChange={onChange}
      problems={problems}
      hint={hint}
      type={typeOf(kind)}
      isMultiline={kind === 'lines'}
      isRequired={!input.isOptional}
      inputMode={kind in MODES ? MODES[kind as keyof typeof MODES] : undefined}
      autoComplete="off"
    />
  )
}
