import { cacheExchange, type CacheExchangeOpts } from '@urql/exchange-graphcache'
import { relayPagination } from '@urql/exchange-graphcache/extras'

import { keyless } from './generated/keyless'
import possible from './generated/possibleTypes'

/** Lists that are read page by page; each keeps what it has for every filter and order. */
const LISTS: Record<string, readonly string[]> = {
  BillingAccount: ['payments'],
  Issue: ['comments', 'history'],
  Organization: [
    'auditLog',
    'departments',
    'invoices',
    'issues',
    'members',
    'queues',
    'seatRequests',
    'seatSpans',
    'seatSubscriptions',
    'statements',
    'teams',
    'waiting',
  ],
  Peak: ['holders'],
  Query: ['organizations', 'partnerKeys', 'promoCodes'],
  Team: ['members'],
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
