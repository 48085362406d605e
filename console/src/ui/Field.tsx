import type { ReactNode } from 'react'
import {
  Button,
  Checkbox as AriaCheckbox,
  Input,
  Label,
  Select as AriaSelect,
  SelectValue,
  TextArea,
  TextField as AriaTextField,
} from 'react-aria-components'
import { Check, ChevronDown } from 'lucide-react'

import styles from './Field.module.css'
import { Below, type Choice, Choices } from './FieldParts'

type TextFieldProps = {
  label: string
  value: string
  onChange: (value: string) => void
  /** What the server said of this input. */
  problems?: readonly string[]
  hint?: ReactNode
  type?: 'text' | 'email' | 'password' | 'number' | 'date' | 'datetime-local' | 'month' | 'search'
  isRequired?: boolean
  isDisabled?: boolean
  isReadOnly?: boolean
  isMultiline?: boolean
  name?: string
  autoComplete?: string
  placeholder?: string
  inputMode?: 'decimal' | 'numeric'
}

/** A labeled input that shows the server's problems below itself. */
export function TextField(props: TextFieldProps) {
  const { label, problems = [], hint, type = 'text', isMultiline, placeholder, inputMode, ...rest } = props
  return (
    <AriaTextField {...rest} type={type as 'text'} isInvalid={problems.length > 0} className={styles.field ?? ''}>
      <Label className={styles.label ?? ''}>{label}</Label>
      {isMultiline ? (
        <TextArea className={styles.input ?? ''} rows={5} placeholder={placeholder} />
      ) : (
        <Input className={styles.input ?? ''} placeholder={placeholder} inputMode={inputMode} />
      )}
      <Below hint={hint} problems={problems} />
    </AriaTextField>
  )
}

type SelectProps<Key extends string> = {
  label: string
  choices: readonly Choice<Key>[]
  value: Key
  onChange: (value: Key) => void
  problems?: readonly string[]
  hint?: ReactNode
  isDisabled?: boolean
}

export function Select<Key extends string>(props: SelectProps<Key>) {
  const { label, choices, value, onChange, problems = [], hint, isDisabled } = props
  return (
    <AriaSelect
      selectedKey={value}
      onSelectionChange={(key) => {
        onChange(key as Key)
      }}
      isInvalid={problems.length > 0}
      isDisabled={isDisabled}
      className={styles.field ?? ''}
    >
      <Label className={styles.label ?? ''}>{label}</Label>
      <Button className={`${styles.input} ${styles.select}`}>
        <SelectValue>{({ selectedText }) => selectedText}</SelectValue>
        <ChevronDown size={16} aria-hidden />
      </Button>
      <Below hint={hint} problems={problems} />
      <Choices items={choices} />
    </AriaSelect>
  )
}

type CheckboxProps = { label: ReactNode; isSelected: boolean; onChange: (is: boolean) => void; isDisabled?: boolean }

export function Checkbox({ label, ...props }: CheckboxProps) {
  return (
    <AriaCheckbox {...props} className={styles.checkbox ?? ''}>
      <span className={styles.box} aria-hidden>
        <Check size={14} />
      </span>
      {label}
    </AriaCheckbox>
  )
}
