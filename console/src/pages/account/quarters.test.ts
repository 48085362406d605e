import assert from 'node:assert/strict'
import { test } from 'node:test'

import { quartersOf } from './quarters'

test('months are in quarters, each of which is there once', () => {
  assert.deepEqual(quartersOf(['2021-04', '2021-03', '2021-02', '2021-01', '2020-12']), [
    '2021-Q2',
    '2021-Q1',
    '2020-Q4',
  ])
})
