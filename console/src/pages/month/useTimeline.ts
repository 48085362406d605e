import { useQuery } from 'urql'

import { useLiveQuery } from '../../graphql/live'
import { useOrganization } from '../../shell/OrganizationShell'
import { SeatTimelineDocument } from './month.generated'
import { useMonths } from './useMonths'

/** How many held a seat when, in a month; what belongs beside it on a chart. One that is over is asked for once. */
export function useTimeline(month: string) {
  const { slug, timeZone } = useOrganization()
  const isRunning = month >= (useMonths()[0] ?? '')
  const asked = { query: SeatTimelineDocument, variables: { slug, month } }
  const live = useLiveQuery({ ...asked, pause: !isRunning })
  const settled = useQuery({ ...asked, pause: isRunning })
  const [{ data, error }, again] = isRunning ? live : settled
  const found = data?.organization
  const timeline = found?.seatTimeline?.month === month ? found.seatTimeline : null
  return {
    timeline,
    error,
    again,
    isThere: data !== undefined,
    timeZone: found?.invoicePreview?.timeZone ?? timeZone,
    freeThreshold: found?.invoicePreview?.priceList.freeThreshold,
    limit: found?.seats?.limit,
    total: found?.invoicePreview?.total,
    invoice: found?.invoices?.nodes[0] ?? null,
  }
}
