import { retryExchange } from '@urql/exchange-retry'
import { createClient as createLiveClient, TerminatedCloseEvent } from 'graphql-ws'
import i18next from 'i18next'
import {
  Client,
  type CombinedError,
  type ExecutionResult,
  fetchExchange,
  mapExchange,
  subscriptionExchange,
} from 'urql'

import { cache } from './cache'
import { tellConnection } from './connection'
import { keepDenied } from './denied'

/** Only scripts of ours send the first: without it a cookie opens nothing. The server speaks the reader's language. */
export const clientHeaders = () => ({
  'X-Seatmark-Client': 'console',
  'Accept-Language': document.documentElement.lang,
})

/** Whether nobody has answered what was asked: then it is asked again, a change under the same idempotency key. */
const isUnanswered = (error: CombinedError): boolean =>
  Boolean(error.networkError) || error.graphQLErrors.some((one) => one.extensions.code === 'UNAVAILABLE')

/** How the server closes the live connection of a session that ended. */
const ENDED = 4403

/** A client of one session: who signs in or out gets another, and nothing of the one before is left.
 * `onListening` is told when what happens is heard from now on, and `onChanged` when it is so again: what was seen may
 * not hold any more. */
export function createGraphQLClient(onSignedOut: () => void, onListening: () => void, onChanged: () => void): Client {
  let hasListened = false
  const live = createLiveClient({
    url: `${location.origin.replace(/^http/, 'ws')}/graphql`,
    lazy: true,
    connectionParams: () => ({ acceptLanguage: document.documentElement.lang }),
    retryAttempts: Infinity,
    shouldRetry: (reason) => !(reason instanceof CloseEvent && reason.code === ENDED),
    retryWait: (retries) => new Promise((resolve) => setTimeout(resolve, Math.min(10_000, 500 * 2 ** retries))),
    on: {
      connected: () => {
        tellConnection(false)
        if (hasListened) onChanged()
        else onListening()
        hasListened = true
      },
      closed: (reason) => {
        if (reason instanceof TerminatedCloseEvent) return // by ourselves
        tellConnection(!(reason instanceof CloseEvent && reason.wasClean && [1000, ENDED].includes(reason.code)))
      },
    },
  })
  i18next.on('languageChanged', () => {
    live.terminate() // it is begun anew in the other language
  })
  return new Client({
    url: '/graphql',
    preferGetMethod: false,
    requestPolicy: 'cache-and-network',
    exchanges: [
      cache(),
      keepDenied,
      mapExchange({
        onOperation: (operation) =>
          operation.kind === 'mutation' && !operation.context.idempotencyKey
            ? { ...operation, context: { ...operation.context, ...keyed() } }
            : operation,
        onError: (error) => {
          if (isSignedOut(error)) onSignedOut()
        },
      }),
      retryExchange({ initialDelayMs: 500, maxDelayMs: 5_000, maxNumberAttempts: 12, retryIf: isUnanswered }),
      fetchExchange,
      subscriptionExchange({
        forwardSubscription: (request) => ({
          subscribe: (sink) => {
            let isLeft = false
            const leave = live.subscribe(
              { ...request, query: request.query ?? '' },
              {
                next: (result) => {
                  sink.next(result as ExecutionResult)
                },
                error: (reason) => {
                  if (!isLeft) onChanged()
                  sink.error(reason)
                },
                complete: () => {
                  if (!isLeft) onChanged() // the server ended it, with the session most likely: looking again tells
                  sink.complete()
                },
              },
            )
            return {
              unsubscribe: () => {
                isLeft = true
                leave()
              },
            }
          },
        }),
      }),
    ],
    fetchOptions: () => ({ credentials: 'same-origin', headers: clientHeaders() }),
  })
}

/** A change is done once, however often it is sent. */
function keyed() {
  const idempotencyKey = crypto.randomUUID()
  return {
    idempotencyKey,
    fetchOptions: () => ({
      credentials: 'same-origin' as const,
      headers: { ...clientHeaders(), 'Idempotency-Key': idempotencyKey },
    }),
  }
}

function isSignedOut(error: CombinedError): boolean {
  const status = (error.response as Response | undefined)?.status
  return status === 401 || error.graphQLErrors.some((one) => one.extensions.code === 'UNAUTHENTICATED')
}
