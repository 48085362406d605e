import { useMemo } from 'react'

import { addMonths, monthOf } from '../../i18n/format'
import { useOrganization } from '../../shell/OrganizationShell'
import { useNow } from '../../shell/useNow'

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
