import { useTranslation } from 'react-i18next'

/** What somebody waits for, or why a subject cannot be changed, in the reader's words. */
export function useReasonWords() {
  const { t, i18n } = useTranslation('impact')
  return (code: string, fallback = code) => {
    const key = `reason.${code}`
    return i18n.exists(key, { ns: 'impact' }) ? t(key as 'reason.SEAT_CHURN') : fallback
  }
}
