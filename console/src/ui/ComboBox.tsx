import { ChevronDown } from 'lucide-react'
import type { ReactNode } from 'react'
import { Button, ComboBox as AriaComboBox, Input, Label } from 'react-aria-components'

import own from './ComboBox.module.css'
import styles from './Field.module.css'
import { Below, type Choice, Choices } from './FieldParts'

type ComboBoxProps = {
  label: string
  text: string
  onText: (text: string) => void
  /** What the server found for the text, in its order. */
  choices: readonly Choice[]
  chosen: string | null
  onChoose: (id: string) => void
  problems?: readonly string[]
  hint?: ReactNode
  empty?: ReactNode
  /** Shows what can be chosen only when somebody types or asks for it, not whenever the input is gone to. */
  isQuiet?: boolean
}

/**
 * An input that finds what is typed on the server, and one of what was found is chosen. An emptied input chooses nothing
 * at once: Escape puts back what is chosen, and who keeps that in the address hears of it a moment later.
 */
export function ComboBox(props: ComboBoxProps) {
  const { label, text, onText, choices, chosen, onChoose, problems = [], hint, empty, isQuiet } = props
  return (
    <AriaComboBox
      items={choices}
      inputValue={text}
      onInputChange={onText}
      selectedKey={text === '' ? null : chosen}
      onSelectionChange={(key) => {
        if (key !== null) onChoose(String(key))
      }}
      defaultFilter={() => true}
      allowsEmptyCollection={empty !== undefined}
      menuTrigger={isQuiet ? 'input' : 'focus'}
      isInvalid={problems.length > 0}
      className={styles.field ?? ''}
    >
      <Label className={styles.label ?? ''}>{label}</Label>
      <div className={own.box}>
        <Input className={styles.input ?? ''} />
        <Button className={own.button ?? ''}>
          <ChevronDown size={16} aria-hidden />
        </Button>
      </div>
      <Below hint={hint} problems={problems} />
      <Choices empty={empty} />
    </AriaComboBox>
  )
}
