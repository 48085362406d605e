import type { ReactNode } from 'react'
import { Button, OverlayArrow, Tooltip, TooltipTrigger } from 'react-aria-components'

import styles from './IconButton.module.css'

/** How an icon of one is drawn. */
export const ICON = { size: 18, 'aria-hidden': true } as const

type IconButtonProps = {
  /** What it does, shown to whoever points at it or comes by with the keyboard. */
  label: string
  /** What it does it to, for whoever does not see what it stands beside. */
  describes?: string
  look?: 'quiet' | 'danger'
  isDisabled?: boolean
  onPress: () => void
  /** The icon. */
  children: ReactNode
}

/** A button where there is no room for a word, as in the row of a table. */
export function IconButton({ label, describes, look = 'quiet', isDisabled, onPress, children }: IconButtonProps) {
  return (
    <TooltipTrigger delay={400} closeDelay={0}>
      <Button
        className={`${styles.button} ${styles[look]}`}
        aria-label={describes === undefined ? label : `${label}: ${describes}`}
        isDisabled={isDisabled}
        onPress={onPress}
      >
        {children}
      </Button>
      <Tooltip className={styles.tooltip ?? ''} offset={6}>
        <OverlayArrow className={styles.arrow ?? ''}>
          <svg width={8} height={8} viewBox="0 0 8 8" aria-hidden>
            <path d="M0 0 L4 4 L8 0" />
          </svg>
        </OverlayArrow>
        {label}
      </Tooltip>
    </TooltipTrigger>
  )
}
