import { cacheExchange, type CacheExchangeOpts } from '@urql/exchange-graphcache'
import { relayPagination } from '@urql/exchange-graphcache/extras'

import { keyless } from './generated/keyless'
import possible from './generated/possibleTypes'

/**
 * Lists that are read page by page; each keeps what it has for every filter and order, and answers all of it.
 * People, departments and teams are not among them: there may be 10 000, and `usePages` keeps them page by page.
 */
const LISTS: Record<string, readonly string[]> = {
  BillingAccount: ['payments'],
  Issue: ['comments', 'history'],
  Organization: [
    'auditLog',
    'invoices',
    'issues',
    'queues',
    'seatRequests',
    'seatSpans',
    'seatSubscriptions',
    'statements',
    'waiting',
  ],
  Peak: ['holders'],
  Query: ['organizations', 'partnerKeys', 'promoCodes'],
  TestClock: ['organizations'],
}

const resolvers = Object.fromEntries(
  Object.entries(LISTS).map(([type, fields]) => [
    type,
    Object.fromEntries(fields.map((field) => [field, relayPagination()])),
  ]),
)

/** What has an id is kept once, wherever it was asked of; what has none stays within what it was asked of. */
export const cache = (options: Partial<CacheExchangeOpts> = {}) =>
  cacheExchange({
    keys: Object.fromEntries(keyless.map((type) => [type, () => null])),
    possibleTypes: possible.possibleTypes,
    resolvers: resolvers as CacheExchangeOpts['resolvers'],
    ...options,
  })
