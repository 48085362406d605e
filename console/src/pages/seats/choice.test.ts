import assert from 'node:assert/strict'
import { test } from 'node:test'

import { changeLink, inputOf, partsOf, tokenOf } from './choice'

test('a subject is written into an address and read out of it', () => {
  assert.equal(tokenOf({ __typename: 'Team', id: 'VGVhbTox' }), 'team:VGVhbTox')
  assert.equal(tokenOf({ __typename: 'Everyone' }), 'everyone')
  assert.deepEqual(partsOf('email:a:b@c.example'), { kind: 'email', id: 'a:b@c.example' })
  assert.deepEqual(changeLink('acme', { add: ['member:A=='], remove: ['everyone'] }), {
    to: '/o/acme/seats/change?add=member%3AA%3D%3D&remove=everyone',
  })
})

test('what is too much for an address goes beside it', () => {
  const remove = Array.from({ length: 600 }, (_, place) => `member:${String(place)}`)
  const { to, state } = changeLink('acme', { remove })
  assert.equal(to, '/o/acme/seats/change')
  assert.deepEqual(new URLSearchParams(state?.search).getAll('remove'), remove)
})

test('each kind of subject is named as the API takes it', () => {
  assert.deepEqual(inputOf('member:1'), { memberId: '1' })
  assert.deepEqual(inputOf('team:1'), { teamId: '1' })
  assert.deepEqual(inputOf('department:1'), { departmentId: '1' })
  assert.deepEqual(inputOf('everyone'), { everyone: true })
  assert.deepEqual(inputOf('email:a@b.example'), { email: 'a@b.example' })
})
