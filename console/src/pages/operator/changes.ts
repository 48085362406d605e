import { useCallback, useEffect } from 'react'
import type { AnyVariables, DocumentInput } from 'urql'

import { useChange } from '../../graphql/refusals'
import { useSession } from '../../session/Session'

/** A change of an operator: nothing tells operators of what happens everywhere, so every list is asked for again. */
export function useOperatorChange<Data, Variables extends AnyVariables>(document: DocumentInput<Data, Variables>) {
  const { bump } = useSession()
  const { change, ...rest } = useChange(document)
  const changeAndLook = useCallback(
    async (variables: Variables) => {
      const outcome = await change(variables)
      if (outcome.done) bump()
      return outcome
    },
    [change, bump],
  )
  return { ...rest, change: changeAndLook }
}

/** Look again every so many seconds while somebody looks at the page. */
export function useLook(seconds: number | null) {
  const { bump } = useSession()
  useEffect(() => {
    if (seconds === null) return
    const timer = setInterval(() => {
      if (document.visibilityState === 'visible') bump()
    }, seconds * 1000)
    return () => {
      clearInterval(timer)
    }
  }, [bump, seconds])
}
