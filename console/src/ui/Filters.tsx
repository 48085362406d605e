import { SlidersHorizontal } from 'lucide-react'
import { useId, useState, type ReactNode } from 'react'
import { useTranslation } from 'react-i18next'

import { Button } from './Button'
import styles from './Page.module.css'

type FiltersProps = {
  /** How many of them leave something out. */
  set: number
  children: ReactNode
}

/** Inputs of a toolbar that are behind a button where it is narrow, which says how many of them are set. */
export function Filters({ set, children }: FiltersProps) {
  const { t } = useTranslation()
  const id = useId()
  const [isOpen, setOpen] = useState(false)
  return (
    <>
      <div className={styles.filtersOpener}>
        <Button
          look="quiet"
          aria-expanded={isOpen}
          aria-controls={id}
          onPress={() => {
            setOpen(!isOpen)
          }}
        >
          <SlidersHorizontal size={18} aria-hidden />
          {set === 0 ? t('filters') : t('filtersSet', { set })}
        </Button>
      </div>
      <div id={id} className={`${styles.filters} ${isOpen ? styles.open : ''}`}>
        {children}
      </div>
    </>
  )
}
