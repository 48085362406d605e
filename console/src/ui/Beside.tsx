import type { ReactNode } from 'react'

import styles from './Beside.module.css'

/** Something to decide on, and beside it what comes of it, which stays in sight. Below each other where it is narrow. */
export function Beside({ children, aside }: { children: ReactNode; aside: ReactNode }) {
  return (
    <div className={styles.columns}>
      <div className={styles.main}>{children}</div>
      <div className={styles.aside}>{aside}</div>
    </div>
  )
}
