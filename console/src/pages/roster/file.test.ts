import assert from 'node:assert/strict'
import { test } from 'node:test'

import { decode, readRoster } from './file'

const ANNA = { email: 'anna@x.example', name: 'Anna Petrova' }

test('a roster is read as Excel writes it, whatever separates', () => {
  for (const separator of [';', ',', '\t']) {
    const text = [
      ['email', 'Name', 'LOGIN', 'role', 'department', 'teams', 'externalid'],
      ['anna@x.example', 'Anna Petrova', '', 'admin', 'Sales/North', 'A | B||', ''],
      ['ivan@x.example', '"Ivanov ""the"" Ivan"', 'ivan', '', '', '', '7'],
    ]
      .map((row) => row.join(separator))
      .join('\r\n')
    const { roster } = readRoster(`\ufeff${text}\r\n`)
    assert.deepEqual(roster, {
      members: [
        { ...ANNA, role: 'ADMIN', department: 'Sales/North', teams: ['A', 'B'] },
        {
          email: 'ivan@x.example',
          name: 'Ivanov "the" Ivan',
          login: 'ivan',
          externalId: '7',
          department: '',
          teams: [],
        },
      ],
      numbers: [2, 3],
      refused: [],
    })
  }
})

test('columns that are left out leave what there is', () => {
  assert.deepEqual(readRoster('name,email\nAnna Petrova,anna@x.example').roster?.members, [ANNA])
})

test('lines are counted as an editor counts them', () => {
  const { roster } = readRoster('sep=;\nemail;name\n\na@x.example;"two\nlines"\n;;\nb@x.example;B;\nc@x.example\n')
  assert.deepEqual(roster?.numbers, [4, 7, 8])
  assert.deepEqual(roster?.refused, [{ number: 8, column: null, reason: 'fields', said: '1' }])
})

test('a role that is none is refused at its line, and the person is among the people all the same', () => {
  const { roster } = readRoster('email;name;role\nanna@x.example;Anna Petrova;boss')
  assert.deepEqual(roster?.refused, [{ number: 2, column: 'role', reason: 'role', said: 'boss' }])
  assert.deepEqual(roster?.members, [ANNA])
})

test('a file that says something else is refused as a whole', () => {
  assert.deepEqual(readRoster('').refusal, { reason: 'empty' })
  assert.deepEqual(readRoster('email;name\n\n').refusal, { reason: 'nobody' })
  assert.deepEqual(readRoster('email;login\n').refusal, { reason: 'missing', columns: ['name'] })
  assert.deepEqual(readRoster('email;name;departement\n').refusal, { reason: 'unknown', columns: ['departement'] })
  assert.deepEqual(readRoster('email;name;Email\n').refusal, { reason: 'twice', columns: ['email'] })
  assert.deepEqual(readRoster('email;name\na@x.example;"Anna\n').refusal, { reason: 'quotes', number: 2 })
})

test('a file is decoded as it says, and otherwise never guessed', () => {
  const cyrillic = Uint8Array.from([0xc0, 0xed, 0xed, 0xe0])
  assert.equal(decode(cyrillic), null)
  assert.equal(decode(cyrillic, 'windows-1251'), 'Анна')
  assert.equal(decode(Uint8Array.from([0xff, 0xfe, 0x10, 0x04]), 'windows-1251'), 'А')
  assert.equal(decode(new TextEncoder().encode('\ufeffАнна')), 'Анна')
})
