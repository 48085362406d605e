import { expect, expectAccessible, signInAs, test } from './support/journey'
import { makeWorld, subscribe } from './support/world'

test('an owner sees at a glance what seats there are and what the month will cost', async ({ page }) => {
  const world = await makeWorld()
  await subscribe(
    world,
    Array.from({ length: 6 }, (_, place) => ({ email: `p0000${String(place + 1)}@${world.slug}.example` })),
  )
  await signInAs(page, 'owner', `/o/${world.slug}`)
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(/Journey/)
  await expect(page.getByText('RUB 1,548')).toBeVisible()
  await expectAccessible(page, 'overview')
})
