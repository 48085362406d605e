import { useMemo } from 'react'

import { addMonths, monthOf } from '../../i18n/format'
import { useOrganization } from '../../shell/OrganizationShell'
import { useNow } from '../../shell/useNow'
import { useSearch } from '../../ui/useSearch'

/** The months of the organization from the start of its trial on, the running one first. */
export function useMonths(): readonly string[] {
  const { trial, timeZone } = useOrganization()
  const running = monthOf(new Date(useNow()), timeZone)
  const first = trial ? monthOf(trial.startedAt, timeZone) : running
  return useMemo(() => {
    const months: string[] = []
    for (let month = running; month >= first; month = addMonths(month, -1)) months.push(month)
    return months
  }, [running, first])
}

/** The month of the address; the latest of them where it names none. */
export function useChosenMonth(months: readonly string[]): [string, (month: string) => void] {
  const latest = months[0] ?? ''
  const [named, go] = useSearch('month', latest)
  return [/^\d{4}-(0[1-9]|1[0-2])$/.test(named) ? named : latest, go]
}
