import { expect, expectAccessible, signInAs, test } from './support/journey'
import { Operator } from './support/operator'
import { makeParked, setProfile } from './support/parking'
import { advance, makeWorld, people, subscribe } from './support/world'

test('an operator sees every job, what ran last, and that nothing is parked', async ({ page }) => {
  await signInAs(page, 'operator', '/operator/jobs')
  await expect(page.getByRole('heading', { name: 'Every job' })).toBeVisible()
  await expect(page.getByText('Nothing is parked')).toBeVisible()
  await expectAccessible(page, 'operator-jobs')
  await page.getByRole('button', { name: 'Runs: Close months and issue invoices' }).click()
  await expect(page.getByRole('dialog')).toContainText('Due since')
  await expect(page.getByRole('dialog')).toContainText('close_due_periods')
  await expectAccessible(page)
  await page.keyboard.press('Escape')
  await page.getByRole('link', { name: 'Seatmark' }).click()
  await expect(page).toHaveURL(/\/operator$/)
})

test('an operator tries a parked month again, is told why it still cannot be closed, and then it is billed', async ({
  page,
}) => {
  const world = await makeParked()
  const name = `Journey ${world.slug.slice(8)}`
  await signInAs(page, 'operator', '/operator/jobs')
  const row = page.getByRole('row', { name: new RegExp(name) })
  await expect(row).toContainText('March 2026')
  await expect(row).toContainText('There is no billing profile to bill.')
  await expectAccessible(page, 'operator-parked-month')
  const retry = page.getByRole('button', { name: `Try again: ${name}, March 2026` })
  await page.mouse.move(20, 20) // a mouse that was never moved does not hover
  await retry.hover()
  await expect(page.getByRole('tooltip')).toHaveText('Try again')
  await retry.click()
  await expect(page.getByText(`${name}, March 2026: it still cannot be closed`)).toBeVisible()
  await expect(row).toBeVisible()

  await setProfile(world)
  await retry.click()
  await expect(page.getByText(`${name}, March 2026: it is closed, and the months after it follow.`)).toBeVisible()
  await expect(row).toHaveCount(0)
  await page.goto(`/operator/organizations/${world.slug}?view=invoices`)
  await expect(page.getByRole('row').filter({ hasText: 'March 2026' })).toContainText('RUB 1,548')
})

test('an operator finds an empty clock in the list, the newest first, and is told of a clock that is none', async ({
  page,
}) => {
  const { testClock } = await new Operator().change<{ testClock: { id: string } }>(
    'testClockCreate',
    { now: '2031-05-06T07:00:00Z' },
    'testClock { id }',
  )
  await signInAs(page, 'operator', '/operator/clocks')
  const row = page.getByRole('row').filter({ has: page.locator(`a[href$="${encodeURIComponent(testClock.id)}"]`) })
  await expect(row).toContainText('Nobody lives by it')
  await expectAccessible(page, 'operator-clocks')
  await row.getByRole('link').click()
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Test clock')
  await expect(page.getByText('6 May 2031, 07:00')).toBeVisible()
  await page.getByRole('link', { name: 'All test clocks' }).click()
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Test clocks')
  await page.goto('/operator?dialog=new')
  await page
    .getByRole('button', { name: /Real time Clock|Clock/ })
    .last()
    .click()
  await expect(page.getByRole('option', { name: /6 May 2031, 07:00 UTC: Nobody lives by it/ }).first()).toBeVisible()
})

test('what an operator’s address names and is not there is not found', async ({ page }) => {
  const world = await makeWorld({ isTrialOver: false, people: 1 })
  await signInAs(page, 'operator', '/operator')
  for (const place of [
    'clocks?clock=nothing',
    `clocks?clock=${encodeURIComponent(world.id)}`,
    'jobs?job=make_tea',
    'organizations/no-such-organization',
    `organizations/${world.slug}?view=nothing`,
    'price-lists?view=quote&list=nothing',
    'price-lists?view=nothing',
    `simulation?month=2026-01&clock=${encodeURIComponent(world.id)}`,
    'nothing',
  ]) {
    await page.goto(`/operator/${place}`)
    await expect(page.getByText('There is nothing at this address, or it is not yours to see.')).toBeVisible()
  }
  await page.goto('/operator/simulation?month=2098-01')
  await expect(page.getByText('Nobody has this month')).toBeVisible()
})

test('an operator makes a clock and advances it by a day, to the end of the month and to an instant', async ({
  page,
}) => {
  await signInAs(page, 'operator', '/operator/clocks')
  await page.getByRole('button', { name: 'New clock' }).click()
  await page.getByRole('dialog').getByLabel('It shows').fill('2026-01-30T09:00')
  await page.getByRole('dialog').getByRole('button', { name: 'Create' }).click()
  await expect(page.getByText('30 Jan 2026, 09:00').first()).toBeVisible()
  await expect(page.getByText('Nobody lives by it')).toBeVisible()
  await page.getByRole('button', { name: 'By a day' }).click()
  await expect(page.getByText('31 Jan 2026, 09:00').first()).toBeVisible()
  await page.getByRole('button', { name: 'To the end of the month' }).click()
  await expect(page.getByText('1 Feb 2026, 00:00').first()).toBeVisible()
  await page.getByLabel('To', { exact: true }).fill('2025-01-01T00:00')
  await page.getByRole('button', { name: 'Advance the clock' }).click()
  await expect(page.getByRole('alert')).toBeVisible()
  await page.getByLabel('To', { exact: true }).fill('2026-02-03T10:30')
  await page.getByRole('button', { name: 'Advance the clock' }).click()
  await expect(page.getByText('3 Feb 2026, 10:30').first()).toBeVisible()
  await expectAccessible(page, 'operator-clock')
})

test('an operator takes an organization to the end of its trial', async ({ page }) => {
  const world = await makeWorld({ isTrialOver: false, people: 1 })
  await signInAs(page, 'operator', `/operator/organizations/${world.slug}`)
  await page.getByRole('link', { name: '1 Jan 2026, 12:00' }).click()
  await page.getByRole('button', { name: 'To the end of the trial' }).click()
  await expect(page.getByText('31 Jan 2026, 12:00').first()).toBeVisible({ timeout: 60_000 })
  await expect(page.getByRole('grid', { name: 'Organizations', exact: true })).toContainText('Not subscribed')
})

test('an operator simulates a month of a clock: exact totals, and nothing that differs', async ({ page }) => {
  const world = await makeWorld()
  await subscribe(world, people(world, 6))
  await advance(world, '2026-03-10T09:00:00Z')
  const clock = encodeURIComponent(world.clockId)
  await signInAs(page, 'operator', '/operator/simulation')
  await expect(page.getByText('Choose a month')).toBeVisible()
  await page.goto(`/operator/simulation?month=2026-02&clock=${clock}`)
  await expect(page.getByText('RUB 1,548')).toBeVisible()
  await expect(page.getByText('6 seats of 1 organization')).toBeVisible()
  await expect(page.getByText('What is stored is what is simulated.')).toBeVisible()
  await expectAccessible(page, 'operator-simulation')
})
