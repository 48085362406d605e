import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'

import { causeParts, discountName } from './cause'

test('what the ledger says of a change is taken apart', () => {
  assert.deepEqual(causeParts('25 subscribed'), [{ key: 'subscribed', count: 25 }])
  assert.deepEqual(causeParts('3 unsubscribed, 25 subscribed'), [
    { key: 'unsubscribed', count: 3 },
    { key: 'subscribed', count: 25 },
  ])
  assert.deepEqual(causeParts("the organization's limits were changed, 2 seated who waited"), [
    { key: 'limitsChanged', count: null },
    { key: 'seatedWaiting', count: 2 },
  ])
})

test('what we have no words for is left as the ledger says it', () => {
  assert.equal(causeParts('the moon rose'), null)
  assert.equal(causeParts('25 subscribed, the moon rose'), null)
})

test('a discount is called as its list or its code is', () => {
  assert.equal(discountName('Promo code SPRING'), 'SPRING')
  assert.equal(discountName('Price kept: Public 2020'), 'Public 2020')
  assert.equal(discountName('Something else'), 'Something else')
})

test('we have words for every change that documents on paper have words for', () => {
  const words = readFileSync(join(import.meta.dirname, '../../../../app/documents/words.py'), 'utf8')
  const table = /_CAUSES = \{(.*?)\n\}/s.exec(words)?.[1] ?? ''
  const said = [...table.matchAll(/^ {4}"([^"]+)":/gm)].map((found) => found[1] ?? '')
  assert.ok(said.length > 15, String(said.length))
  for (const one of said) assert.notEqual(causeParts(one), null, one)
  const counted = [...words.matchAll(/re\.compile\(r"\(\\d\+\) ([a-z ]+)"\)/g)].map((found) => found[1] ?? '')
  assert.ok(counted.length >= 3, String(counted.length))
  for (const one of counted) assert.notEqual(causeParts(`3 ${one}`), null, one)
})
