import { ChevronLeft, ChevronRight } from 'lucide-react'
import { useTranslation } from 'react-i18next'

import { useFormats } from '../i18n/format'
import { Button } from './Button'
import { Select } from './Field'
import styles from './MonthPicker.module.css'

type MonthPickerProps = {
  label: string
  /** Those that there are, the latest first. */
  months: readonly string[]
  value: string
  onChange: (month: string) => void
}

/** One of the months that there are, and the ones beside it. */
export function MonthPicker({ label, months, value, onChange }: MonthPickerProps) {
  const { t } = useTranslation()
  const format = useFormats()
  const place = months.indexOf(value)
  const [before, after] = [place < 0 ? undefined : months[place + 1], months[place - 1]]
  const go = (month: string | undefined) => () => {
    if (month !== undefined) onChange(month)
  }
  return (
    <div className={styles.picker}>
      <Button aria-label={t('month.before')} isDisabled={before === undefined} onPress={go(before)}>
        <ChevronLeft size={18} aria-hidden />
      </Button>
      <Select
        label={label}
        value={value}
        onChange={onChange}
        choices={months.map((id) => ({ id, label: format.month(id) }))}
      />
      <Button aria-label={t('month.after')} isDisabled={after === undefined} onPress={go(after)}>
        <ChevronRight size={18} aria-hidden />
      </Button>
    </div>
  )
}
