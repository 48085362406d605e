import assert from 'node:assert/strict'
import { test } from 'node:test'

import { readAmount, readCount } from './numbers'

test('seats are whole, and an empty input means no limit', () => {
  assert.equal(readCount(''), null)
  assert.equal(readCount(' 1 000 '), 1000)
  assert.equal(readCount('1.5'), undefined)
  assert.equal(readCount('-1'), undefined)
})

test('amounts are read as either language writes them', () => {
  assert.equal(readAmount('  '), null)
  assert.equal(readAmount('62 800,50'), '62800.50')
  assert.equal(readAmount('62800.50'), '62800.50')
  assert.equal(readAmount('1,000.50'), undefined)
  assert.equal(readAmount('ten'), undefined)
})
