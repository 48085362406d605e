import assert from 'node:assert/strict'
import { test } from 'node:test'

import { addMonths, formatsOf, monthOf } from './format'

test('money is written as the reader writes it, and digit for digit', () => {
  const russian = formatsOf('ru')
  const money = (amount: string) => russian.money({ amount, currency: 'RUB' }).replace(/\s/g, ' ')
  assert.equal(money('62800.00'), '62 800 ₽')
  assert.equal(money('52333.33'), '52 333,33 ₽')
  assert.equal(money('9007199254740993.01'), '9 007 199 254 740 993,01 ₽')
})

test('a month is that of the organization, wherever the reader is', () => {
  assert.equal(monthOf('2021-01-31T21:30:00Z', 'Europe/Moscow'), '2021-02')
  assert.equal(monthOf('2021-01-31T21:30:00Z', 'UTC'), '2021-01')
})

test('months are counted over the turn of a year', () => {
  assert.equal(addMonths('2020-11', 3), '2021-02')
  assert.equal(addMonths('2021-02', -3), '2020-11')
  assert.equal(addMonths('2021-02', -2), '2020-12')
})

test('a Russian month or day ends without a full stop of its own', () => {
  const russian = formatsOf('ru')
  assert.equal(russian.month('2026-02'), 'февраль 2026')
  assert.equal(russian.day('2026-02-01T12:00:00Z', 'UTC'), '1 февраля 2026')
})
