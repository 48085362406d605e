import type { AnyVariables, CombinedError, DocumentInput, OperationResult } from 'urql'
import { useClient } from 'urql'
import { useCallback, useState } from 'react'

import type { ErrorCode } from './generated/schema'

export type Problem = { code: ErrorCode; message: string; path: readonly string[] }

/** Why something was not done: each reason with the input it is about; nothing has changed. The message is empty where
 * there is none for people; `requestId` is by what the server's operators find the request. */
export type Refusal = { code: string; message: string; problems: readonly Problem[]; requestId?: string }

/** What stops a request before it comes to anything, of which people can make something; the rest is for programs. */
const FOR_PEOPLE = ['FORBIDDEN', 'CONFLICT', 'RATE_LIMITED', 'TIMEOUT', 'UNAVAILABLE', 'UNAUTHENTICATED']

type Answer = { __typename: string }
type Refused = { __typename: 'UserError'; code: ErrorCode; message: string; problems?: readonly Problem[] }

/** The only field of a mutation, without its refusals. */
type Done<Data> = Data extends { [K in keyof Data]: infer One } ? Exclude<Extract<One, Answer>, Refused> : never

export type Outcome<Payload> = { done: Payload; refusal: null } | { done: null; refusal: Refusal }

/** The refusal of an error at the top of an answer, or of none. */
export function refusalOf(error: CombinedError): Refusal {
  const first = error.graphQLErrors[0]
  if (!first) return { code: 'UNAVAILABLE', message: '', problems: [] }
  const { code: told, problems: found, requestId } = first.extensions
  const code = typeof told === 'string' ? told : 'INTERNAL'
  const problems = Array.isArray(found) ? (found as Problem[]) : []
  const isForPeople = problems.length > 0 || FOR_PEOPLE.includes(code) || (first.path && code !== 'INTERNAL')
  if (isForPeople) return { code, message: first.message, problems }
  return { code, message: '', problems, ...(typeof requestId === 'string' ? { requestId } : {}) }
}

function outcomeOf<Data, Variables extends AnyVariables>(
  result: OperationResult<Data, Variables>,
): Outcome<Done<Data>> {
  if (result.error) return { done: null, refusal: refusalOf(result.error) }
  const answer = Object.values((result.data ?? {}) as Record<string, unknown>).find(
    (one) => typeof one === 'object' && one !== null,
  ) as Answer | undefined
  if (!answer) return { done: null, refusal: { code: 'INTERNAL', message: '', problems: [] } }
  if (answer.__typename === 'UserError') {
    const refused = answer as Refused
    return { done: null, refusal: { ...refused, problems: refused.problems ?? [] } }
  }
  return { done: answer as Done<Data>, refusal: null }
}

/** A mutation with one field whose answer is `…Payload | UserError`: done, or refused for reasons. */
export function useChange<Data, Variables extends AnyVariables>(document: DocumentInput<Data, Variables>) {
  const client = useClient()
  const [isPending, setPending] = useState(false)
  const [refusal, setRefusal] = useState<Refusal | null>(null)
  const change = useCallback(
    async (variables: Variables): Promise<Outcome<Done<Data>>> => {
      setPending(true)
      setRefusal(null)
      try {
        const outcome = outcomeOf(await client.mutation(document, variables).toPromise())
        setRefusal(outcome.refusal)
        return outcome
      } finally {
        setPending(false)
      }
    },
    [client, document],
  )
  const forget = useCallback(() => {
    setRefusal(null)
  }, [])
  return { change, isPending, refusal, forget }
}

/** The messages about one input, as in `problemsAt(refusal, 'members', 3, 'email')`; also those of what is within it. */
export function problemsAt(refusal: Refusal | null, ...path: readonly (string | number)[]): string[] {
  if (!refusal) return []
  const wanted = ['input', ...path.map(String)]
  return refusal.problems
    .filter((problem) => wanted.every((part, place) => problem.path[place] === part))
    .map((problem) => problem.message)
}

/** What is about none of the inputs that a form shows. */
export function problemsElsewhere(refusal: Refusal | null, shown: readonly string[]): string[] {
  if (!refusal) return []
  const others = refusal.problems.filter((problem) => !shown.includes(problem.path[1] ?? ''))
  if (refusal.problems.length > 0) return others.map((problem) => problem.message)
  return refusal.message === '' ? [] : [refusal.message]
}
