import { useCallback, useSyncExternalStore } from 'react'

import { useOrganization, useOwnMember } from '../../shell/OrganizationShell'

/** What was done last, kept over a reload of this tab for as long as it can be taken back. */
export type Made = {
  changeId: string
  at: string
  undoableUntil: string | null
  seated: number
  unseated: number
  invited: number
}

/** What the server answers to whatever seats people. */
type Done = {
  change: { id: string; at: string; undoableUntil: string | null }
  seatedCount: number
  unseatedCount: number
}

const listeners = new Set<() => void>()

function listen(listener: () => void) {
  listeners.add(listener)
  return () => {
    listeners.delete(listener)
  }
}

/** The change that the reader has made here last, and keeping it or putting it away. */
export function useMade() {
  const organization = useOrganization()
  const own = useOwnMember()
  const place = `seatmark.made.${organization.id}.${own?.id ?? 'operator'}`
  const kept = useSyncExternalStore(listen, () => sessionStorage.getItem(place))
  const keep = useCallback(
    (made: Made | null) => {
      if (made === null) sessionStorage.removeItem(place)
      else sessionStorage.setItem(place, JSON.stringify(made))
      for (const listener of listeners) listener()
    },
    [place],
  )
  const keepDone = ({ change, seatedCount, unseatedCount }: Done, invited: number) => {
    const { id: changeId, at, undoableUntil } = change
    keep({ changeId, at, undoableUntil, seated: seatedCount, unseated: unseatedCount, invited })
    document.getElementById('main')?.focus() // the button that had the focus is gone
  }
  return { made: kept === null ? null : (JSON.parse(kept) as Made), keep, keepDone }
}
