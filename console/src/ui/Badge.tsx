import type { ReactNode } from 'react'

import styles from './Badge.module.css'
import tones from './tones.module.css'

/** A word about a thing's state; the color says nothing that the word does not. */
export function Badge({ tone = 'plain', children }: { tone?: 'plain' | 'good' | 'warn' | 'bad'; children: ReactNode }) {
  return <span className={`${styles.badge} ${tones[tone]}`}>{children}</span>
}
