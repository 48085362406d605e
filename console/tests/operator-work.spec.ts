import { expect, expectAccessible, signInAs, test } from './support/journey'
import { advance, makeWorld, subscribe } from './support/world'

test('an operator sees every job, what ran last, and that nothing is parked', async ({ page }) => {
  await signInAs(page, 'operator', '/operator/jobs')
  await expect(page.getByRole('heading', { name: 'Every job' })).toBeVisible()
  await expect(page.getByText('Nothing is parked')).toBeVisible()
  await expectAccessible(page, 'operator-jobs')
  await page
    .getByRole('button', { name: /^Runs: / })
    .first()
    .click()
  await expect(page.getByRole('dialog')).toContainText('Due since')
  await expectAccessible(page)
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
  await subscribe(
    world,
    Array.from({ length: 6 }, (_, place) => ({ email: `p0000${String(place + 1)}@${world.slug}.example` })),
  )
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
