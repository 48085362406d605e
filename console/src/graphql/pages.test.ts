import assert from 'node:assert/strict'
import { test } from 'node:test'

import { backward, Pages } from './pages'

/** A list on a server, two entries a page; answers come when they are let. */
function makeServer(entries: string[]) {
  const asked: (string | null)[] = []
  const held: (() => void)[] = []
  const server = { entries, asked, isHolding: false, letGo: () => held.splice(0).forEach((go) => go()) }
  const pages = new Pages<{ id: string }>(async (after) => {
    asked.push(after)
    const from = after === null ? 0 : server.entries.indexOf(after) + 1
    const ids = server.entries.slice(from, from + 2)
    const hasNextPage = from + 2 < server.entries.length
    const pageInfo = { hasNextPage, endCursor: ids.at(-1) ?? null }
    if (server.isHolding) await new Promise<void>((go) => held.push(go))
    const page = { totalCount: server.entries.length, nodes: ids.map((id) => ({ id })), pageInfo }
    return { page, data: null, error: null }
  })
  const shown = () => pages.get().nodes.map((one) => one.id)
  return { server, pages, shown }
}

test('every page that is there is looked at again, not the last alone', async () => {
  const { server, pages, shown } = makeServer(['a', 'b', 'c', 'd', 'e'])
  await pages.look(0, 0)
  await pages.more(0)
  assert.deepEqual(shown(), ['a', 'b', 'c', 'd'])
  server.entries = ['b', 'c', 'd', 'e']
  for (let place = 0; place < pages.length; place += 1) await pages.look(place, 1)
  assert.deepEqual(shown(), ['b', 'c', 'd', 'e'])
  assert.equal(pages.get().hasNext, false)
})

test('what was seen since something happened is not asked for again, until it is doubted', async () => {
  const { server, pages } = makeServer(['a'])
  await pages.look(0, 0)
  await pages.look(0, 0)
  assert.equal(server.asked.length, 1)
  pages.doubt()
  await pages.look(0, 0)
  assert.equal(server.asked.length, 2)
  await pages.look(0, 1)
  assert.equal(server.asked.length, 3)
})

test('what happens while a page is on its way is looked at when it has come', async () => {
  const { server, pages, shown } = makeServer(['a'])
  server.isHolding = true
  const first = pages.look(0, 0)
  server.entries = ['a', 'b']
  await pages.look(0, 1)
  await pages.look(0, 2)
  server.isHolding = false
  server.letGo()
  await first
  assert.deepEqual(server.asked, [null, null])
  assert.deepEqual(shown(), ['a', 'b'])
})

test('a list that gets shorter has no pages that are gone', async () => {
  const { server, pages, shown } = makeServer(['a', 'b', 'c'])
  await pages.look(0, 0)
  await pages.more(0)
  server.entries = ['a']
  await pages.look(0, 1)
  assert.deepEqual(shown(), ['a'])
  assert.equal(pages.length, 1)
})

test('a list is shown from its end on', () => {
  const pageInfo = { hasPreviousPage: true, startCursor: 'b' }
  assert.deepEqual(backward({ totalCount: 3, nodes: ['b', 'c'], pageInfo }), {
    totalCount: 3,
    nodes: ['c', 'b'],
    pageInfo: { hasNextPage: true, endCursor: 'b' },
  })
  assert.equal(backward(null), null)
})
