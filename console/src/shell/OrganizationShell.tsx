import { createContext, useCallback, useContext, useEffect } from 'react'
import { useTranslation } from 'react-i18next'
import { useParams } from 'react-router'

import type { Permission } from '../graphql/generated/schema'
import { useLiveQuery, useOrganizationEvents } from '../graphql/live'
import { useSession, useViewer } from '../session/Session'
import { OrganizationHeadDocument, type OrganizationHeadFragment } from '../session/viewer.generated'
import { Loading } from './Loading'
import { NotFound } from './NotFound'
import { OrganizationBanner } from './OrganizationBanner'
import { Shell, type Ways } from './Shell'
import { Unavailable } from './Unavailable'

const OrganizationContext = createContext<OrganizationHeadFragment | null>(null)

/** The organization of the address, with what holds on every page of it. */
export function useOrganization(): OrganizationHeadFragment {
  const organization = useContext(OrganizationContext)
  if (!organization) throw new Error('There is no organization here.')
  return organization
}

/** The viewer's own membership of this organization; null for operators. */
export function useOwnMember() {
  const organization = useOrganization()
  return useViewer().members.find((member) => member.organization.id === organization.id) ?? null
}

/** Whether the viewer may do something here, as things stand now. */
export function useMay() {
  const { viewerPermissions } = useOrganization()
  return useCallback((permission: Permission) => viewerPermissions.includes(permission), [viewerPermissions])
}

export function OrganizationShell() {
  const { slug = '' } = useParams()
  const [{ data, error, fetching }] = useLiveQuery({ query: OrganizationHeadDocument, variables: { slug } })
  const organization = data?.organization
  if (organization) {
    return (
      <OrganizationContext value={organization}>
        <Within key={organization.id} />
      </OrganizationContext>
    )
  }
  if (error && !fetching && !error.graphQLErrors.some((one) => one.extensions.code === 'NOT_FOUND')) {
    return <Unavailable error={error} />
  }
  return fetching && !data ? <Loading /> : <NotFound />
}

function Within() {
  const organization = useOrganization()
  const { bump } = useSession()
  useOrganizationEvents(organization.id, bump)
  useLooks(bump, useTrialEnd())
  const ways = useWays()
  return <Shell name={organization.name} ways={ways} banner={<OrganizationBanner />} />
}

/** When the trial ends by the calendar: access is another from then on, and no event says so at once. */
function useTrialEnd(): number | null {
  const { trial, testClock } = useOrganization()
  return trial && !trial.isOver && !testClock ? Date.parse(trial.endsAt) : null
}

const SECOND = 1000
/** No timer of a browser takes more than 24 days. */
const LONGEST = 86_400 * SECOND

/** Look again when the page comes back into sight, and once an instant has passed. All else is heard. */
function useLooks(onLook: () => void, at: number | null) {
  useEffect(() => {
    const look = () => {
      if (document.visibilityState === 'visible') onLook()
    }
    document.addEventListener('visibilitychange', look)
    return () => {
      document.removeEventListener('visibilitychange', look)
    }
  }, [onLook])
  useEffect(() => {
    if (at === null) return
    let timer: ReturnType<typeof setTimeout>
    const wait = () => {
      const left = at + SECOND - Date.now()
      timer = setTimeout(left > LONGEST ? wait : onLook, Math.max(SECOND, Math.min(left, LONGEST)))
    }
    wait()
    return () => {
      clearTimeout(timer)
    }
  }, [onLook, at])
}

/** The pages that the viewer can do something on. */
function useWays(): Ways[] {
  const { t } = useTranslation()
  const may = useMay()
  const { slug } = useOrganization()
  const to = (path: string) => `/o/${slug}${path}`
  const way = (path: string, label: string, isThere = true) => (isThere ? [{ to: to(path), label }] : [])
  const groups: Ways[] = [
    {
      ways: [
        ...(may('SEAT_VIEW') ? [{ to: to(''), label: t('ways.overview'), isEnd: true }] : []),
        ...way('/access', t('ways.access')),
        ...way('/issues', t('ways.issues'), may('ISSUE_VIEW')),
      ],
    },
    {
      title: t('ways.seatsTitle'),
      ways: [
        ...way('/seats', t('ways.seats'), may('SEAT_VIEW')),
        ...way('/waiting', t('ways.waiting'), may('SEAT_VIEW')),
      ],
    },
    {
      title: t('ways.peopleTitle'),
      ways: [
        ...way('/people', t('ways.people'), may('MEMBER_VIEW')),
        ...way('/departments', t('ways.departments'), may('MEMBER_VIEW')),
        ...way('/teams', t('ways.teams'), may('MEMBER_VIEW')),
        ...way('/roster', t('ways.roster'), may('MEMBER_MANAGE')),
      ],
    },
    {
      title: t('ways.billingTitle'),
      ways: [
        ...way('/billing', t('ways.billing'), may('BILLING_VIEW')),
        ...way('/invoices', t('ways.invoices'), may('BILLING_VIEW')),
        ...way('/month', t('ways.month'), may('BILLING_VIEW')),
        ...way('/hindsight', t('ways.hindsight'), may('BILLING_VIEW')),
        ...way('/account', t('ways.account'), may('BILLING_VIEW')),
      ],
    },
    { title: t('ways.organizationTitle'), ways: way('/settings', t('ways.settings')) },
  ]
  return groups.filter((group) => group.ways.length > 0)
}
