import { useCallback, useEffect, useState } from 'react'
import { useSearchParams } from 'react-router'

/** The address as it is, and not as it was when a page was drawn that goes on with something it waited for. */
const addressNow = () => new URLSearchParams(window.location.search)

/** One part of the address after the question mark: what a page shows is there, so that back and reload keep it. */
export function useSearch(name: string, initial = ''): [string, (value: string) => void] {
  const [search, setSearch] = useSearchParams()
  const set = useCallback(
    (value: string) => {
      setSearch(
        () => {
          const after = addressNow()
          if (value === initial) after.delete(name)
          else after.set(name, value)
          return after
        },
        { replace: true },
      )
    },
    [setSearch, name, initial],
  )
  return [search.get(name) ?? initial, set]
}

/** Several parts of the address at once: one after the other, the later would not know of the earlier. */
export function useSearches(): (values: Readonly<Record<string, string>>) => void {
  const [, setSearch] = useSearchParams()
  return useCallback(
    (values) => {
      setSearch(
        () => {
          const after = addressNow()
          for (const [name, value] of Object.entries(values)) {
            if (value === '') after.delete(name)
            else after.set(name, value)
          }
          return after
        },
        { replace: true },
      )
    },
    [setSearch],
  )
}

/** What is typed, and what the address says a moment later: the server is not asked for every letter. */
export function useTypedSearch(name: string): [string, (value: string) => void, string] {
  const [settled, settle] = useSearch(name)
  const [typed, setTyped] = useState(settled)
  useEffect(() => {
    if (typed === settled) return
    const timer = setTimeout(() => {
      settle(typed)
    }, 250)
    return () => {
      clearTimeout(timer)
    }
  }, [typed, settled, settle])
  return [typed, setTyped, settled]
}
