import { expect, expectAccessible, signInAs, test } from './support/journey'
import { advance, invite, makeWorld, usedSeats, type World } from './support/world'

/** Six people with a seat through everyone, and two who came later and wait because they would cost more. */
async function makeWaiting(): Promise<World> {
  const world = await makeWorld({ people: 3 })
  await world.operator.change(
    'seatsChange',
    { organizationId: world.id, subscribe: [{ everyone: true }], joins: 'WITHIN_PEAK' },
    'seatedCount',
  )
  await advance(world, '2026-02-11T09:00:00Z')
  await invite(world, [
    { email: `late1@${world.slug}.example`, name: 'Late One' },
    { email: `late2@${world.slug}.example`, name: 'Late Two' },
  ])
  return world
}

test('who waits is listed with the reason, and seated once the price is known', async ({ page }) => {
  const world = await makeWaiting()
  await signInAs(page, 'owner', `/o/${world.slug}`)
  await page.getByRole('link', { name: 'See who and why' }).click()
  const late = page.getByRole('row', { name: /Late One/ })
  await expect(late).toContainText('A seat would raise what the month costs.')
  await expect(late).toContainText('everyone in the organization')
  await expectAccessible(page, 'waiting')
  await late.locator('label').click()
  await expect(page.getByText('February 2026: RUB 258 more')).toBeVisible()
  await page
    .getByRole('row', { name: /Late Two/ })
    .locator('label')
    .click()
  await expect(page.getByText('February 2026: RUB 516 more')).toBeVisible()
  await expectAccessible(page, 'waiting-price')
  expect(await usedSeats(world)).toBe(6)

  await page.reload() // who was chosen is in the address
  await expect(page.getByText('February 2026: RUB 516 more')).toBeVisible()
  await page.getByRole('button', { name: 'Seat 2 people' }).click()
  await expect(page.getByText('2 people got a seat and 0 people lost theirs.')).toBeVisible()
  await expect(page.getByText('Nobody waits')).toBeVisible()
  expect(await usedSeats(world)).toBe(8)

  await page.getByRole('button', { name: 'Take it back' }).click()
  await expect(page.getByText('It was taken back.')).toBeVisible()
  await expect(page.getByRole('row', { name: /Late Two/ })).toBeVisible()
  expect(await usedSeats(world)).toBe(6)
})

test('a billing manager sees who waits and cannot seat them', async ({ page }) => {
  const world = await makeWaiting()
  await signInAs(page, 'billing', `/o/${world.slug}/waiting`)
  await expect(page.getByRole('row', { name: /Late One/ })).toBeVisible()
  await expect(page.getByRole('checkbox')).toHaveCount(0)
  await expect(page.getByText('Choose people to see')).toHaveCount(0)
})
