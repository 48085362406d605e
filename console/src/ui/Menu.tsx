import type { ReactNode } from 'react'
import { Button, Menu as AriaMenu, MenuItem, MenuTrigger, Popover, type Selection } from 'react-aria-components'

import styles from './Menu.module.css'
import popover from './Popover.module.css'

type Item = { id: string; label: string; href?: string }

type MenuProps = {
  /** What the button says to whoever does not see it. */
  label: string
  trigger: ReactNode
  items: readonly Item[]
  onAction?: (id: string) => void
  /** Where one of the items holds just now. */
  chosen?: string
}

export function Menu({ label, trigger, items, onAction, chosen }: MenuProps) {
  const selection: Selection | undefined = chosen === undefined ? undefined : new Set([chosen])
  return (
    <MenuTrigger>
      <Button className={styles.trigger ?? ''} aria-label={label}>
        {trigger}
      </Button>
      <Popover className={`${popover.popover} ${styles.popover}`}>
        <AriaMenu
          items={items}
          className={styles.menu ?? ''}
          selectionMode={chosen === undefined ? 'none' : 'single'}
          selectedKeys={selection}
          disallowEmptySelection
          onAction={(key) => onAction?.(String(key))}
        >
          {(item) => (
            <MenuItem id={item.id} href={item.href} className={styles.item ?? ''}>
              {item.label}
            </MenuItem>
          )}
        </AriaMenu>
      </Popover>
    </MenuTrigger>
  )
}
