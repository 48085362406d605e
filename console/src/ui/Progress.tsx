import { Label, ProgressBar } from 'react-aria-components'

import styles from './Progress.module.css'

/** Something takes time: how far it is, where that is known (0 to 100). */
export function Progress({ label, value }: { label: string; value?: number }) {
  return (
    <ProgressBar className={styles.progress ?? ''} value={value} isIndeterminate={value === undefined}>
      {({ percentage }) => (
        <>
          <Label>{label}</Label>
          <progress className={styles.bar} value={percentage} max={100} aria-hidden />
        </>
      )}
    </ProgressBar>
  )
}
