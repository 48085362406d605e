import assert from 'node:assert/strict'
import { test } from 'node:test'

import { localOf, readTyped, stepsOf } from './typed'

test('amounts are read digit for digit, as either language writes them', () => {
  assert.equal(readTyped('decimal', '9 007 199 254 740,01'), '9007199254740.01')
  assert.equal(readTyped('decimal', '62800.50'), '62800.50')
  assert.equal(readTyped('decimal', ''), null)
  assert.equal(readTyped('decimal', '1e3'), undefined)
  assert.equal(readTyped('decimal', '-5'), undefined)
})

test('an instant is what a wall clock of the zone says', () => {
  assert.equal(readTyped('instant', '2026-01-31T12:00', 'Europe/Moscow'), '2026-01-31T09:00:00.000Z')
  assert.equal(readTyped('instant', '31.01', 'Europe/Moscow'), undefined)
  assert.equal(localOf('2026-01-31T09:00:00Z', 'Europe/Moscow'), '2026-01-31T12:00')
})

test('the end of a month is that of the zone', () => {
  assert.deepEqual(stepsOf('2026-01-31T21:30:00Z', 'Europe/Moscow'), {
    day: '2026-02-01T21:30:00.000Z',
    month: '2026-02-28T21:30:00.000Z',
    monthEnd: '2026-02-28T21:00:00.000Z',
  })
})
