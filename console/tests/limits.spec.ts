import type { Page } from '@playwright/test'

import { expect, expectAccessible, signInAs, test } from './support/journey'
import { makeWorld, people, person, subscribe, usedSeats } from './support/world'
import { unsubscribe } from './support/january'

async function choose(page: Page, name: string) {
  await page.getByRole('combobox', { name: 'Who gets a seat' }).fill(name)
  await page.getByRole('option', { name }).first().click()
}

const refusal = (page: Page) => page.getByRole('alert').filter({ hasText: 'This change would be refused' })
const confirm = (page: Page) => page.getByRole('button', { name: /^(Subscribe|Change as shown)$/ })

test('a budget refuses the seat that passes it, and leads to where it is set', async ({ page }) => {
  const world = await makeWorld()
  await subscribe(world, people(world, 6))
  await world.operator.change('organizationUpdate', { organizationId: world.id, budget: '1600' }, 'organization { id }')
  await signInAs(page, 'owner', `/o/${world.slug}/seats/change`)
  await choose(page, 'Person 00007')
  await expect(refusal(page)).toContainText('It costs more than the organization’s budget for a month.')
  await expect(confirm(page)).toBeDisabled()
  await expectAccessible(page, 'limits-budget')
  await refusal(page).getByRole('link', { name: 'Change the limits' }).click()
  const budget = page.getByRole('textbox', { name: 'At most so much a month, RUB' })
  await expect(budget).toHaveValue('1600')
  await budget.fill('2000')
  await page.getByRole('button', { name: 'Set the limits' }).click()
  await expect(page.getByRole('button', { name: 'Set the limits' })).toBeDisabled()
  await page.goBack()
  await expect(page.getByText('February 2026: RUB 258 more')).toBeVisible() // who was chosen is there still
  await confirm(page).click()
  await expect(page.getByText('1 person got a seat')).toBeVisible()
  expect(await usedSeats(world)).toBe(7)
})

test('the 501st seat takes a contract, and leads to asking for one', async ({ page }) => {
  test.setTimeout(120_000)
  const world = await makeWorld({ people: 501 })
  await subscribe(world, people(world, 500))
  await signInAs(page, 'owner', `/o/${world.slug}/seats/change`)
  await choose(page, 'Person 00501')
  await expect(refusal(page)).toContainText('So many seats take a contract.')
  await expect(confirm(page)).toBeDisabled()
  await expectAccessible(page, 'limits-contract')
  await refusal(page).getByRole('link', { name: 'Ask for a contract' }).click()
  const dialog = page.getByRole('dialog', { name: 'Ask for a contract' })
  await dialog.getByRole('textbox', { name: 'For how many seats' }).fill('600')
  await dialog.getByRole('textbox', { name: 'What you want to tell us' }).fill('We grow.')
  await expectAccessible(page, 'limits-contract-request')
  await dialog.getByRole('button', { name: 'Send' }).click()
  await expect(page.getByText('We have it, and will answer.')).toBeVisible()
  expect(await usedSeats(world)).toBe(500)
})

test('who was given a seat ten times this month is refused an eleventh, beside the name', async ({ page }) => {
  const world = await makeWorld()
  await subscribe(world, [person(world, 2)])
  for (let times = 0; times < 10; times += 1) {
    await subscribe(world, [person(world, 1)])
    await unsubscribe(world, [person(world, 1)])
  }
  await signInAs(page, 'owner', `/o/${world.slug}/seats/change`)
  await choose(page, 'Person 00001')
  await choose(page, 'Person 00003')
  const coming = page.getByRole('list', { name: 'To be subscribed' })
  await expect(coming.getByRole('listitem').filter({ hasText: 'Person 00001' })).toContainText(
    'They were given a seat too often this month.',
  )
  await expect(coming.getByRole('listitem').filter({ hasText: 'Person 00003' })).not.toContainText('too often')
  await expect(confirm(page)).toBeDisabled()
  await expectAccessible(page, 'limits-churn')
  await coming.getByRole('button', { name: 'Leave out: Person 00001' }).click()
  await confirm(page).click()
  await expect(page.getByText('1 person got a seat')).toBeVisible()
  expect(await usedSeats(world)).toBe(2)
})
