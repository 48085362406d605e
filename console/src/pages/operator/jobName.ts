import { useTranslation } from 'react-i18next'

/** What a job does, in words; one that is not known here, by its own name. */
export function useJobName(): (name: string) => string {
  const { t, i18n } = useTranslation('operator')
  return (name) => {
    const key = `jobs.names.${name}`
    return i18n.exists(key, { ns: 'operator' }) ? t(key as 'jobs.names.purge') : name
  }
}
