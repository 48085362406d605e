import { ChevronDown } from 'lucide-react'
import type { ReactNode } from 'react'
import {
  Button,
  ComboBox as AriaComboBox,
  FieldError,
  Input,
  Label,
  ListBox,
  ListBoxItem,
  Popover,
  Text,
} from 'react-aria-components'

import styles from './Field.module.css'
import own from './ComboBox.module.css'

type ComboBoxProps = {
  label: string
  text: string
  onText: (text: string) => void
  /** What the server found for the text, in its order. */
  choices: readonly { id: string; label: string; hint?: string }[]
  chosen: string | null
  onChoose: (id: string) => void
  problems?: readonly string[]
  hint?: ReactNode
  empty?: ReactNode
  /** Shows what can be chosen only when somebody types or asks for it, not whenever the input is gone to. */
  isQuiet?: boolean
}

/** An input that finds what is typed on the server, and one of what was found is chosen. */
export function ComboBox(props: ComboBoxProps) {
  const { label, text, onText, choices, chosen, onChoose, problems = [], hint, empty, isQuiet } = props
  return (
    <AriaComboBox
      items={choices}
      inputValue={text}
      onInputChange={onText}
      selectedKey={chosen}
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
      {hint !== undefined && (
        <Text slot="description" className={styles.hint ?? ''}>
          {hint}
        </Text>
      )}
      <FieldError className={styles.problem ?? ''}>{problems.join(' ')}</FieldError>
      <Popover className={styles.popover ?? ''}>
        <ListBox className={styles.choices ?? ''} renderEmptyState={() => <div className={own.empty}>{empty}</div>}>
          {(choice: { id: string; label: string; hint?: string }) => (
            <ListBoxItem id={choice.id} textValue={choice.label} className={styles.choice ?? ''}>
              <Text slot="label">{choice.label}</Text>
              {choice.hint !== undefined && (
                <Text slot="description" className={styles.hint ?? ''}>
                  {choice.hint}
                </Text>
              )}
            </ListBoxItem>
          )}
        </ListBox>
      </Popover>
    </AriaComboBox>
  )
}
