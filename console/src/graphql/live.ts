import { createContext, useContext, useEffect, useRef } from 'react'
import { type AnyVariables, useQuery, type UseQueryArgs, useSubscription } from 'urql'
import { useCallback, useMemo, useState } from 'react'

import { OrganizationEventsDocument } from './live.generated'

/** Grows whenever something happened that pages may have to show. */
export const Revision = createContext(0)

/** Seconds in which what happens is taken together, so that a thousand events are one look. */
const TOGETHER = 0.7

export function useRevision() {
  const [revision, setRevision] = useState(0)
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  const bump = useCallback(() => {
    if (timer.current) return
    timer.current = setTimeout(() => {
      timer.current = undefined
      setRevision((before) => before + 1)
    }, TOGETHER * 1000)
  }, [])
  return useMemo(() => ({ revision, bump }), [revision, bump])
}

/** Seconds after which somebody listens again whom the server could not tell what happened. */
const AGAIN = 5

/** Listen to what happens in an organization for as long as the component is there. */
export function useOrganizationEvents(organizationId: string, onEvent: () => void) {
  const [{ data, error }, listen] = useSubscription({
    query: OrganizationEventsDocument,
    variables: { organizationId },
  })
  const sequence = data?.organizationEvents.sequence
  useEffect(() => {
    if (sequence !== undefined) onEvent()
  }, [sequence, onEvent])
  useEffect(() => {
    if (!error) return
    const timer = setTimeout(() => {
      listen()
      onEvent()
    }, AGAIN * 1000)
    return () => {
      clearTimeout(timer)
    }
  }, [error, listen, onEvent])
}

/** A query that is asked again when something happened; what was there stays until the answer comes. */
export function useLiveQuery<Data, Variables extends AnyVariables>(args: UseQueryArgs<Variables, Data>) {
  const revision = useContext(Revision)
  const seen = useRef(revision)
  const [result, execute] = useQuery<Data, Variables>(args)
  useEffect(() => {
    if (revision === seen.current) return
    seen.current = revision
    if (!args.pause) execute({ requestPolicy: 'network-only' })
  }, [revision, execute, args.pause])
  return [result, execute] as const
}
