import assert from 'node:assert/strict'
import { test } from 'node:test'

import { CombinedError } from 'urql'

import { problemsElsewhere, refusalOf } from './refusals'

const refused = (error: object) => refusalOf(new CombinedError({ graphQLErrors: [error] }))

test('what is wrong with a request is told to programs; people have the number of the request', () => {
  const extensions = { code: 'INVALID_INPUT', requestId: 'req-1' }
  const refusal = refused({ message: 'Cannot query field "x" on type "Query".', extensions })
  assert.deepEqual(refusal, { code: 'INVALID_INPUT', message: '', problems: [], requestId: 'req-1' })
  assert.deepEqual(problemsElsewhere(refusal, []), [])
})

test('a fault of the server says no more than that there was one, and which request met it', () => {
  const extensions = { code: 'INTERNAL', requestId: 'req-2' }
  const refusal = refused({ message: 'Something went wrong on our side.', path: ['organization'], extensions })
  assert.deepEqual(refusal, { code: 'INTERNAL', message: '', problems: [], requestId: 'req-2' })
})

test('what a field refuses is told as the server says it', () => {
  const message = 'The range of months ends before it begins.'
  const extensions = { code: 'INVALID_INPUT', requestId: 'req-3' }
  assert.deepEqual(refused({ message, path: ['organization', 'months'], extensions }), {
    code: 'INVALID_INPUT',
    message,
    problems: [],
  })
})

test('nothing is told of a network that failed but that there is no answer', () => {
  const refusal = refusalOf(new CombinedError({ networkError: new Error('Failed to fetch') }))
  assert.deepEqual(refusal, { code: 'UNAVAILABLE', message: '', problems: [] })
})
