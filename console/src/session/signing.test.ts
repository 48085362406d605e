import assert from 'node:assert/strict'
import { test } from 'node:test'

import { localPath } from './signing'

const OURS = 'https://seats.example'

test('the way back is a path of ours, with all that was on it', () => {
  for (const path of ['/', '/o/demo/people', '/o/demo/seats/change?add=member%3A1&add=b#top', '/%09/evil.example'])
    assert.equal(localPath(path, OURS), path)
  assert.equal(localPath('/o/ромашка', OURS), '/o/%D1%80%D0%BE%D0%BC%D0%B0%D1%88%D0%BA%D0%B0')
})

test('an address that leads elsewhere, as browsers read it, leads to the start', () => {
  for (const asked of [
    null,
    '',
    'o/demo',
    'https://evil.example/',
    'https://seats.example.evil.example/',
    'javascript:alert(1)',
    '//evil.example',
    '///evil.example',
    '/\\evil.example',
    '/\\/evil.example',
    '\\\\evil.example',
    '/\t/evil.example',
    '/\n\\evil.example',
    '\t//evil.example',
    '/.//evil.example',
    '/..//evil.example',
    '/a/..//evil.example',
    '//user@seats.example:99999/',
  ])
    assert.equal(localPath(asked, OURS), '/', String(asked))
})
