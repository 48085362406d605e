import assert from 'node:assert/strict'
import { test } from 'node:test'

import { readAddresses } from './addresses'

test('addresses are read as mail programs and spreadsheets write them', () => {
  const { found, unread } = readAddresses(
    [
      'Anna Petrova <anna@romashka.example>',
      '"Ivanov, Ivan" <ivan@romashka.example>; olga.demo@romashka.example',
      'Pyotr\tpyotr@romashka.example',
      'sidor@romashka.example;Сидор Сидоров',
      'ANNA@romashka.example',
      '',
      'nobody at all',
    ].join('\r\n'),
  )
  assert.deepEqual(found, [
    { email: 'anna@romashka.example', name: 'Anna Petrova' },
    { email: 'ivan@romashka.example', name: 'Ivanov, Ivan' },
    { email: 'olga.demo@romashka.example', name: 'Olga Demo' },
    { email: 'pyotr@romashka.example', name: 'Pyotr' },
    { email: 'sidor@romashka.example', name: 'Сидор Сидоров' },
  ])
  assert.deepEqual(unread, ['nobody at all'])
})
