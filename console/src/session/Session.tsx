import { createContext, type ReactNode, useCallback, useContext, useEffect, useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useLocation, useNavigate } from 'react-router'
import { Provider, type RequestPolicy, useQuery } from 'urql'

import { createGraphQLClient } from '../graphql/client'
import { Revision, useRevision } from '../graphql/live'
import { Unavailable } from '../shell/Unavailable'
import { Loading } from '../shell/Loading'
import { useWindowEvent } from '../ui/useWindowEvent'
import { signOut } from './signing'
import { OrganizationHeadDocument, ViewerDocument, type ViewerQuery } from './viewer.generated'

type Session = { bump: () => void; leave: () => Promise<void> }

const SessionContext = createContext<Session | null>(null)
const ViewerContext = createContext<ViewerQuery['viewer'] | null>(null)

/** Who signs in gets a cache of their own, and nothing of it is left when they go. */
export function SessionProvider({ children }: { children: ReactNode }) {
  const navigate = useNavigate()
  const location = useLocation()
  const { revision, bump } = useRevision()
  const place = location.pathname + location.search
  const toSignIn = useCallback(() => {
    void navigate(`/sign-in?returnTo=${encodeURIComponent(place)}`, { replace: true })
  }, [navigate, place])
  const [client] = useState(() => startClient(bump))
  useWindowEvent('signed-out', toSignIn)
  useSpokenAnew(bump)
  const leave = useCallback(async () => {
    await signOut()
    window.location.assign('/sign-in') // a new page: nothing of the session stays in memory
  }, [])
  const session = useMemo(() => ({ bump, leave }), [bump, leave])
  return (
    <SessionContext value={session}>
      <Revision value={revision}>
        <Provider value={client}>
          <ViewerProvider>{children}</ViewerProvider>
        </Provider>
      </Revision>
    </SessionContext>
  )
}

/** What the server says was said in the language of before. */
function useSpokenAnew(askAgain: () => void) {
  const { i18n } = useTranslation()
  useEffect(() => {
    i18n.on('languageChanged', askAgain)
    return () => {
      i18n.off('languageChanged', askAgain)
    }
  }, [i18n, askAgain])
}

/**
 * A client that already asks for the organization of the address, while it is found out who asks; and once more as live
 * updates begin, for of an access that changed in between nobody tells. All the rest is as old then as a page is that
 * has just been opened, and a price that somebody is about to agree to stays.
 */
function startClient(onChanged: () => void) {
  const look = (requestPolicy: RequestPolicy) => {
    const slug = /^\/o\/([^/]+)/.exec(window.location.pathname)?.[1]
    if (slug === undefined) return
    void client.query(OrganizationHeadDocument, { slug: decodeURIComponent(slug) }, { requestPolicy }).toPromise()
  }
  const toSignIn = () => window.dispatchEvent(new Event('signed-out'))
  const toHead = () => {
    look('network-only')
  }
  const client = createGraphQLClient(toSignIn, toHead, onChanged)
  look('cache-and-network')
  return client
}

function ViewerProvider({ children }: { children: ReactNode }) {
  const [{ data, error, fetching }] = useQuery({ query: ViewerDocument })
  if (data) return <ViewerContext value={data.viewer}>{children}</ViewerContext>
  if (error && !fetching) return <Unavailable error={error} />
  return <Loading />
}

export function useSession(): Session {
  const session = useContext(SessionContext)
  if (!session) throw new Error('There is no session here.')
  return session
}

/** Who is asking: a person with their memberships, or an operator. */
export function useViewer() {
  const viewer = useContext(ViewerContext)
  if (!viewer) throw new Error('Nobody is signed in here.')
  return viewer
}
