import { useTranslation } from 'react-i18next'

import { useLiveQuery } from '../../graphql/live'
import { useFormats } from '../../i18n/format'
import { TestClocksDocument, type TestClocksQuery } from './clocks.generated'

export type ListedClock = NonNullable<TestClocksQuery['testClocks']>['nodes'][number]

/** Who lives by a clock, in a few words. */
export function useNamesOn() {
  const { t } = useTranslation('operator')
  const format = useFormats()
  return ({ organizations: { totalCount, nodes } }: ListedClock) => {
    if (totalCount === 0) return t('clocks.nobody')
    const names = format.list(nodes.map((one) => one.name))
    return totalCount > nodes.length ? t('clocks.andMore', { names, count: totalCount - nodes.length }) : names
  }
}

/** The newest clocks, to choose one of, the newest first; also the one that is chosen already, however old. */
export function useClockChoices(chosen = '') {
  const { t } = useTranslation('operator')
  const format = useFormats()
  const namesOn = useNamesOn()
  const [{ data }] = useLiveQuery({ query: TestClocksDocument, variables: { before: null } })
  const choices = [...(data?.testClocks?.nodes ?? [])].reverse().map((clock) => ({
    id: clock.id,
    label: t('organizations.clockOf', { now: format.instant(clock.now, 'UTC'), names: namesOn(clock) }),
  }))
  const isListed = chosen === '' || choices.some((one) => one.id === chosen)
  return isListed ? choices : [{ id: chosen, label: t('clocks.one') }, ...choices]
}
