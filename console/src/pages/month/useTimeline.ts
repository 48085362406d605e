import { useLiveQuery } from '../../graphql/live'
import { useOrganization } from '../../shell/OrganizationShell'
import { SeatTimelineDocument } from './month.generated'

/** How many held a seat when, in a month; what belongs beside it on a chart. */
export function useTimeline(month: string) {
  const { slug, timeZone } = useOrganization()
  const [{ data, error }, again] = useLiveQuery({ query: SeatTimelineDocument, variables: { slug, month } })
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
