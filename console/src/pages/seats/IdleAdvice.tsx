import { useTranslation } from 'react-i18next'
import { useQuery } from 'urql'

import { addMonths, useFormats } from '../../i18n/format'
import { useOrganization } from '../../shell/OrganizationShell'
import { Button } from '../../ui/Button'
import type { Token } from './choice'
import { IdleHoldersDocument } from './idle.generated'

type IdleAdviceProps = {
  /** How many seats have to be left, and the month that would cost more. */
  count: number
  month: string
  taken: readonly Token[]
  onChoose: (tokens: readonly Token[]) => void
}

/** Who held a seat at last month's peak and changed nothing in the tracker (R5.8) may leave it to somebody else: one press. */
export function IdleAdvice({ count, month, taken, onChoose }: IdleAdviceProps) {
  const { t } = useTranslation('seats')
  const format = useFormats()
  const { slug } = useOrganization()
  const before = addMonths(month, -1)
  const [{ data }] = useQuery({ query: IdleHoldersDocument, variables: { slug, month: before } })
  const idle = (data?.organization?.hindsight?.idleAtPeak ?? []).filter(
    ({ id, seat }) =>
      seat?.sources.length === 1 && seat.sources[0]?.subject.__typename === 'Member' && !taken.includes(`member:${id}`),
  )
  const chosen = idle.sort((one, other) => (one.name ?? '').localeCompare(other.name ?? '')).slice(0, count)
  if (chosen.length < count) return null
  const who = format.list(chosen.slice(0, 5).map((one) => one.name ?? '—'))
  return (
    <>
      <p>
        {t('idle.words', { count, who, month: format.month(before) })}{' '}
        {count > 5 && t('idle.more', { count: count - 5 })}
      </p>
      <Button
        onPress={() => {
          onChoose(chosen.map((one) => `member:${one.id}`))
        }}
      >
        {t('idle.do', { count })}
      </Button>
    </>
  )
}
