import assert from 'node:assert/strict'
import { test } from 'node:test'

import { dayTicks, stepAt, thin } from './steps'

const steps = [
  { at: 0, seats: 245 },
  { at: 100, seats: 270 },
  { at: 200, seats: 260 },
]

test('the step of an instant is the last that has begun', () => {
  assert.equal(stepAt(steps, -1), 0)
  assert.equal(stepAt(steps, 99), 0)
  assert.equal(stepAt(steps, 100), 1)
  assert.equal(stepAt(steps, 199), 1)
  assert.equal(stepAt(steps, 5000), 2)
  assert.equal(stepAt([], 0), 0)
})

test('few steps are drawn as they are', () => {
  const points = thin(
    steps,
    (at) => at,
    (seats) => 300 - seats,
  )
  assert.deepEqual(points, [
    { x: 0, y: 55 },
    { x: 100, y: 30 },
    { x: 200, y: 40 },
  ])
})

test('of twenty thousand steps each column of pixels keeps where it comes in and goes out, and its extremes', () => {
  const many = Array.from({ length: 20_000 }, (_, place) => ({ at: place, seats: (place * 7919) % 1000 }))
  const toX = (at: number) => (at / 20_000) * 500
  const points = thin(many, toX, (seats) => seats)
  assert.ok(points.length <= 4 * 501, String(points.length))
  assert.equal(Math.max(...points.map((one) => one.y)), 999)
  assert.equal(Math.min(...points.map((one) => one.y)), 0)
  assert.deepEqual(points[0], { x: 0, y: 0 })
  assert.equal(points[points.length - 1]?.y, many[19_999]?.seats)
  const columns = new Map<number, number[]>()
  for (const { at, seats } of many) {
    const column = Math.round(toX(at))
    columns.set(column, [...(columns.get(column) ?? []), seats])
  }
  for (const [column, seats] of columns) {
    const drawn = points.filter((one) => Math.round(one.x) === column).map((one) => one.y)
    assert.equal(Math.max(...drawn), Math.max(...seats), `the highest of column ${String(column)}`)
    assert.equal(Math.min(...drawn), Math.min(...seats), `the lowest of column ${String(column)}`)
  }
})

test('days are marked as many as there is room for', () => {
  const day = 24 * 60 * 60 * 1000
  assert.equal(dayTicks(0, 31 * day, 31).length, 31)
  assert.deepEqual(
    dayTicks(0, 31 * day, 8),
    [0, 5, 10, 15, 20, 25, 30].map((one) => one * day),
  )
})
