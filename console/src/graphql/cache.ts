import { cacheExchange, type CacheExchangeOpts } from '@urql/exchange-graphcache'

import { keyless } from './generated/keyless'
import possible from './generated/possibleTypes'

/**
 * What has an id is kept once, wherever it was asked of; what has none stays within what it was asked of. Pages of lists
 * are not put together here: `usePages` keeps them page by page, and knows which to look at again.
 */
export const cache = (options: Partial<CacheExchangeOpts> = {}) =>
  cacheExchange({
    keys: Object.fromEntries(keyless.map((type) => [type, () => null])),
    possibleTypes: possible.possibleTypes,
    ...options,
  })
