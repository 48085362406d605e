import { useCallback, useMemo } from 'react'
import { useLocation, useNavigate } from 'react-router'

/** Characters of an address that any server, and the way back from signing in, still take. */
const LONGEST = 1900

type Kept = { search?: string }

/** A way to a page with what is asked of it: in its address, or beside it where that is too much for one. */
export function linkTo(path: string, search: URLSearchParams): { to: string; state?: Kept } {
  const text = search.toString()
  if (text === '') return { to: path }
  return text.length > LONGEST ? { to: path, state: { search: text } } : { to: `${path}?${text}` }
}

/**
 * What is asked of a page, however much it is: the address has it, or, where it is long, the browser's history, which
 * keeps it over reload and back, and gives it to nobody else.
 */
export function useKeptSearch(): [URLSearchParams, (search: URLSearchParams) => void] {
  const navigate = useNavigate()
  const location = useLocation()
  const text = (location.state as Kept | null)?.search ?? location.search
  const search = useMemo(() => new URLSearchParams(text), [text])
  const keep = useCallback(
    (after: URLSearchParams) => {
      const { to, state } = linkTo(location.pathname, after)
      void navigate(to, { replace: true, state })
    },
    [navigate, location.pathname],
  )
  return [search, keep]
}
