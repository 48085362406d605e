import assert from 'node:assert/strict'
import { test } from 'node:test'

import { absolute, minus, signOf } from './money'

const rub = (amount: string) => ({ amount, currency: 'RUB' })

test('amounts are subtracted digit for digit', () => {
  assert.deepEqual(minus(rub('1548.00'), rub('0.00')), rub('1548.00'))
  assert.deepEqual(minus(rub('0.00'), rub('0.05')), rub('-0.05'))
  assert.deepEqual(minus(rub('62800'), rub('52333.33')), rub('10466.67'))
  assert.deepEqual(minus(rub('9007199254740993.01'), rub('9007199254740993.00')), rub('0.01'))
  assert.deepEqual(minus(rub('-10.5'), rub('-0.25')), rub('-10.25'))
})

test('an amount is below zero, zero or above', () => {
  assert.equal(signOf(rub('0.00')), 0)
  assert.equal(signOf(rub('-0.00')), 0)
  assert.equal(signOf(rub('0.01')), 1)
  assert.equal(signOf(rub('-258.00')), -1)
  assert.deepEqual(absolute(rub('-258.00')), rub('258.00'))
})
