import type { ReactNode } from 'react'
import { FieldError, ListBox, ListBoxItem, Popover, Text } from 'react-aria-components'

import styles from './Field.module.css'
import popover from './Popover.module.css'

/** What stands below an input: a hint, and what the server said of it. */
export function Below({ hint, problems }: { hint: ReactNode; problems: readonly string[] }) {
  return (
    <>
      {hint !== undefined && (
        <Text slot="description" className={styles.hint ?? ''}>
          {hint}
        </Text>
      )}
      <FieldError className={styles.problem ?? ''}>{problems.join(' ')}</FieldError>
    </>
  )
}

export type Choice<Key extends string = string> = { id: Key; label: string; hint?: string }

/** What can be chosen; without `items` it is what React Aria hands down. */
export function Choices({ items, empty }: { items?: readonly Choice[]; empty?: ReactNode }) {
  return (
    <Popover className={`${popover.popover} ${styles.popover}`}>
      <ListBox
        {...(items && { items })}
        className={styles.choices ?? ''}
        renderEmptyState={() => <div className={styles.empty}>{empty}</div>}
      >
        {(choice: Choice) => (
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
  )
}
