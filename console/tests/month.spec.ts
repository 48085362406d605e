import type { Page } from '@playwright/test'

import { JANUARY, makeJanuary, makeTrial } from './support/january'
import { expect, expectAccessible, signInAs, test } from './support/journey'
import { advance, invite, nameOf, people, setProfile, subscribe, type World } from './support/world'

test('a month is read step by step with the keys and the pointer, and as a table', async ({ page }) => {
  const world = await makeJanuary()
  await signInAs(page, 'billing', `/o/${world.slug}/month?month=2021-01`)
  await expect(page.getByText('Peak: 270 seats, 12 Jan 2021, 10:30')).toBeVisible()
  await expect(page.getByText('up to 5 are free')).toBeVisible()
  await expect(page.getByText('limit now: 500 seats')).toBeVisible()
  await expectAccessible(page, 'month')
  await page.setViewportSize({ width: 400, height: 900 })
  await expectAccessible(page, 'month-narrow')
  expect(await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)).toBeLessThanOrEqual(0)
  await expectWithin(page, 'Peak: 270 seats')
  await page.evaluate(() => {
    localStorage.setItem('seatmark.language', 'ru')
  })
  await page.reload()
  await expectWithin(page, 'Максимум: 270 мест')
  await page.evaluate(() => {
    localStorage.setItem('seatmark.language', 'en')
  })
  await page.setViewportSize({ width: 1280, height: 900 })
  await page.reload()

  const step = page.getByRole('slider', { name: 'Step of the month' })
  await step.focus()
  await page.keyboard.press('End')
  await expect(step).toHaveAttribute(
    'aria-valuetext',
    /20 January 2021 at 12:00:00 GMT\+3 until .*: 260 seats \(-10\)$/,
  )
  await page.keyboard.press('ArrowLeft')
  await expect(step).toHaveAttribute(
    'aria-valuetext',
    /12 January 2021 at 10:30:00 GMT\+3 until .*: 270 seats \(\+25\)$/,
  )
  await page.keyboard.press('ArrowLeft')
  await expect(step).toHaveAttribute('aria-valuetext', /1 January 2021 at 09:00:00 GMT\+3 until .*: 245 seats/)
  await page.keyboard.press('p')
  await expect(step).toHaveAttribute('aria-valuetext', /270 seats/)
  const box = await step.boundingBox()
  if (!box) throw new Error('There is no chart')
  await page.mouse.move(box.x + box.width - 30, box.y + 100)
  await expect(step).toHaveAttribute('aria-valuetext', /260 seats/)
  await expectAccessible(page, 'month-reading')

  await page.getByRole('button', { name: 'Show as a table' }).click()
  const peak = page.getByRole('row').filter({ hasText: 'Peak' })
  await expect(peak).toContainText('12 January 2021 at 10:30:00 GMT+3')
  await expect(peak).toContainText('270')
  await expect(peak).toContainText('+25')
  await expectAccessible(page, 'month-table')

  await page.getByRole('button', { name: 'Who held the 270 seats' }).click()
  await expect(
    page
      .getByRole('dialog')
      .getByRole('link', { name: /^Person 00/ })
      .first(),
  ).toBeVisible()
  await page.keyboard.press('Escape')
  await expect(page.getByRole('link', { name: /Invoice 2021-0/ })).toBeVisible()
  await page.getByRole('button', { name: 'Earlier month' }).click()
  await expect(page.getByText('There is no invoice for this month.')).toBeVisible()
  await expect(page).toHaveURL(/month=2020-12/)
})

/** The month that the server tells, with other steps: so many changes would take a journey an hour to make. */
async function withSteps(page: Page, count: number) {
  await page.route('**/graphql', async (route) => {
    const body = route.request().postDataJSON() as { operationName?: string }
    if (body.operationName !== 'SeatTimeline') return route.continue()
    const answer = await route.fetch()
    const told = (await answer.json()) as {
      data: { organization: { seatTimeline: { periodStart: string; periodEnd: string; steps: unknown[] } } }
    }
    const { seatTimeline } = told.data.organization
    const [start, end] = [Date.parse(seatTimeline.periodStart), Date.parse(seatTimeline.periodEnd)]
    seatTimeline.steps = Array.from({ length: count }, (_, place) => ({
      __typename: 'SeatStep',
      at: new Date(start + ((end - start) * place) / count).toISOString(),
      seats: 200 + ((place * 7919) % 71),
    }))
    return route.fulfill({ json: told })
  })
}

test('twenty thousand steps are drawn, and read without waiting', async ({ page }, info) => {
  const world = await makeJanuary()
  await withSteps(page, 20_000)
  await signInAs(page, 'billing', `/o/${world.slug}/month?month=2021-01`)
  const step = page.getByRole('slider', { name: 'Step of the month' })
  await expect(step).toHaveAttribute('aria-valuemax', '20000')
  await step.focus()
  await page.keyboard.press('End')
  await expect(step).toHaveAttribute('aria-valuenow', '20000')
  await page.keyboard.press('ArrowLeft')
  await expect(step).toHaveAttribute('aria-valuenow', '19999')
  const readings = (await page.evaluate(walk)).sort((one, other) => one - other)
  info.annotations.push({
    type: 'figure',
    description: `20 000 steps: a reading is shown in ${String(readings[30])} ms, the slowest of 60 in ${String(readings[59])}`,
  })
  const drawn = await page
    .locator('svg path')
    .evaluateAll((paths) => paths.map((one) => one.getAttribute('d')?.length ?? 0))
  expect(Math.max(...drawn)).toBeLessThan(400_000)
  await page.getByRole('button', { name: 'Show as a table' }).click()
  await expect(page.getByRole('row').nth(5)).toBeVisible()
})

/** In the page: move over the chart, and tell how many milliseconds each time the next frame took. */
async function walk(): Promise<number[]> {
  const chart = document.querySelector('[role=slider]')
  if (!chart) throw new Error('There is no chart')
  const box = chart.getBoundingClientRect()
  const took: number[] = []
  for (let place = 0; place < 60; place += 1) {
    const begun = performance.now()
    const at = { clientX: box.left + 60 + place * 10, clientY: box.top + 100, bubbles: true }
    chart.dispatchEvent(new PointerEvent('pointermove', at))
    await new Promise(requestAnimationFrame)
    took.push(Math.round(performance.now() - begun))
  }
  return took
}

/** Twelve have seats all January, of whom six write a comment. */
async function makeIdle(): Promise<World> {
  const world = await makeTrial()
  const ids = await invite(
    world,
    people(world, 12).map(({ email }, place) => ({ email, name: nameOf(place + 1) })),
  )
  await setProfile(world)
  await advance(world, JANUARY.begins)
  await subscribe(world, people(world, 12))
  for (const [place, memberId] of ids.slice(0, 6).entries()) {
    const { token } = await world.operator.change<{ token: string }>('sessionCreate', { memberId }, 'token')
    await world.operator
      .as(token)
      .change('boardCreate', { organizationId: world.id, name: `Board ${String(place)}` }, 'board { id }')
  }
  await advance(world, '2021-02-01T09:00:00Z')
  return world
}

test('hindsight tells who was idle at the peak, and what the month would have cost without them', async ({ page }) => {
  const world = await makeIdle()
  await signInAs(page, 'billing', `/o/${world.slug}/hindsight?month=2021-01`)
  const figures = page.getByRole('definition')
  await expect(figures.filter({ hasText: 'RUB 3,096' })).toContainText('at a peak of 12 seats')
  await expect(figures.filter({ hasText: 'RUB 1,548' })).toContainText('at a peak of 6 seats')
  const idle = page.getByRole('grid', { name: 'Who they were' })
  await expect(idle.getByRole('rowheader')).toHaveText([7, 8, 9, 10, 11, 12].map((one) => nameOf(one)))
  await expect(page.getByText('the month would have cost RUB 1,548 less')).toBeVisible()
  await expectAccessible(page, 'hindsight')
  await page.getByRole('button', { name: 'Earlier month' }).click()
  await expect(page.getByText('Nobody held a seat that counts this month.').first()).toBeVisible()
})

/** What is written in the chart is not cut off at its sides. */
async function expectWithin(page: Page, words: string) {
  await expect(page.getByText(words)).toBeVisible()
  const chart = await page.getByRole('slider').locator('svg').boundingBox()
  const text = await page.getByText(words).boundingBox()
  if (!chart || !text) throw new Error('There is no chart')
  expect(text.x).toBeGreaterThanOrEqual(chart.x)
  expect(text.x + text.width).toBeLessThanOrEqual(chart.x + chart.width)
}
