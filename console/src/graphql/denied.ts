import { CombinedError, type Exchange, mapExchange } from 'urql'

const isDenied = (error: CombinedError['graphQLErrors'][number]) => error.extensions.code === 'FORBIDDEN'

/** The same errors, of which denials no longer say where they are. */
function withoutPlaces(error: CombinedError): CombinedError {
  return new CombinedError({
    networkError: error.networkError,
    graphQLErrors: error.graphQLErrors.map((one) =>
      isDenied(one) ? { message: one.message, extensions: one.extensions } : one,
    ),
    response: error.response as unknown,
  })
}

/**
 * A field that is denied is null, and that is what the cache is to keep: what an error is about it forgets, and with one
 * field it would drop the page that the field is on. What failed is another thing, and asked again.
 */
export const keepDenied: Exchange = mapExchange({
  onResult: (result) =>
    result.error?.graphQLErrors.some(isDenied) ? { ...result, error: withoutPlaces(result.error) } : result,
})
