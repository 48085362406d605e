import { useTranslation } from 'react-i18next'

import { useFormats } from '../i18n/format'

type ChosenWordsProps = {
  /** How many are chosen, were fetched, and are there. */
  chosen: number
  fetched: number
  total: number | null
  /** How many can be chosen. */
  most: number
}

/** How many of a list are chosen: all of what one sees need not be all that there is. */
export function ChosenWords({ chosen, fetched, total, most }: ChosenWordsProps) {
  const { t } = useTranslation()
  const format = useFormats()
  const count = total ?? fetched
  return (
    <p className="soft">
      {t('chosen.of', { chosen: format.number(chosen), total: format.number(count) })}{' '}
      {chosen > most && t('chosen.most', { most: format.number(most) })}{' '}
      {chosen === fetched && fetched < count && t('chosen.fetched')}
    </p>
  )
}
