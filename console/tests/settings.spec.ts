import { readFileSync } from 'node:fs'

import { expect, expectAccessible, signInAs, test } from './support/journey'
import { makeWorld, people, subscribe, type World } from './support/world'

async function limitsOf(world: World) {
  const { organization } = await world.operator.ask<{
    organization: {
      name: string
      timeZone: string
      state: string
      seats: { seatCap: number; budget: { amount: string } }
    }
  }>('query($id: ID!) { organization(id: $id) { name timeZone state seats { seatCap budget { amount } } } }', {
    id: world.id,
  })
  return organization
}

test('an owner sets a cap and a budget after seeing what comes of them', async ({ page }) => {
  const world = await makeWorld()
  await subscribe(world, people(world, 6))
  await signInAs(page, 'owner', `/o/${world.slug}/settings`)
  await expectAccessible(page, 'settings')
  await page.getByRole('textbox', { name: 'At most so many seats' }).fill('5')
  await expect(page.getByText('No seat is left to the limit.')).toBeVisible()
  await expect(page.getByText('Nobody loses a seat by a lower cap')).toBeVisible()
  await expect(page.getByText('February 2026: costs the same')).toBeVisible()
  await page.getByRole('textbox', { name: 'At most so much a month, RUB' }).fill('2 000,50')
  await expect(page.getByText('Little is left of the budget: RUB 452.50.')).toBeVisible()
  await expectAccessible(page, 'settings-limits')
  await page.getByRole('textbox', { name: 'At most so many seats' }).fill('many')
  await expect(page.getByText('A whole number of seats, or nothing.')).toBeVisible()
  await expect(page.getByRole('button', { name: 'Set the limits' })).toBeDisabled()
  await page.getByRole('textbox', { name: 'At most so many seats' }).fill('5')
  await page.getByRole('button', { name: 'Set the limits' }).click()
  await expect(page.getByText('In use: 6 of at most 5 seats.')).toBeVisible()
  expect((await limitsOf(world)).seats).toEqual({ seatCap: 5, budget: { amount: '2000.50' } })

  await page.getByRole('textbox', { name: 'At most so many seats' }).fill('')
  await page.getByRole('button', { name: 'Set the limits' }).click()
  await expect(page.getByText('In use: 6 of at most 500 seats.')).toBeVisible()
  expect((await limitsOf(world)).seats.seatCap).toBeNull()
})

test('the name and the time zone are changed, each by itself', async ({ page }) => {
  const world = await makeWorld()
  await signInAs(page, 'owner', `/o/${world.slug}/settings`)
  const name = page.getByRole('form', { name: 'Name' })
  await name.getByRole('textbox').fill('  ')
  await name.getByRole('button', { name: 'Save' }).click()
  await expect(name.getByRole('textbox')).toHaveAccessibleDescription(/.+/)
  await name.getByRole('textbox').fill('Journey renamed')
  await name.getByRole('button', { name: 'Save' }).click()
  await expect(page.getByRole('banner')).toContainText('Journey renamed')
  const zone = page.getByRole('form', { name: 'Time zone' })
  await zone.getByRole('combobox').fill('vladivostok')
  await page.getByRole('option', { name: 'Asia/Vladivostok' }).click()
  await expect(zone.getByText('The running month still ends by Europe/Moscow')).toBeVisible()
  await zone.getByRole('button', { name: 'Save' }).click()
  await expect(zone.getByRole('button', { name: 'Save' })).toBeDisabled()
  await expect.poll(() => limitsOf(world)).toMatchObject({ name: 'Journey renamed', timeZone: 'Asia/Vladivostok' })
})

test('everything is taken along as a file whose making is watched', async ({ page }) => {
  const world = await makeWorld()
  await signInAs(page, 'owner', `/o/${world.slug}/settings`)
  await page.getByRole('button', { name: 'Make a file' }).click()
  await expect(page.getByText('The file is ready.')).toBeVisible({ timeout: 60_000 })
  await page.reload() // the one being made is in the address
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('link', { name: 'Download' }).click(),
  ])
  const file = readFileSync(await download.path())
  expect(file.subarray(0, 2).toString()).toBe('PK')
  await expectAccessible(page, 'settings-export')
})

test('closing takes the name as typed, and the organization can be opened again', async ({ page }) => {
  const world = await makeWorld()
  await signInAs(page, 'owner', `/o/${world.slug}/settings`)
  await page.getByRole('button', { name: 'Close …' }).click()
  const dialog = page.getByRole('dialog')
  await expect(dialog.getByRole('button', { name: 'Close it' })).toBeDisabled()
  await expectAccessible(page, 'settings-close')
  await dialog.getByRole('textbox').fill(`Journey ${world.slug.slice(8)}`)
  await dialog.getByRole('button', { name: 'Close it' }).click()
  await expect(page.getByRole('heading', { name: 'The organization is closed' })).toBeVisible()
  await expect(page.getByText('The data will be deleted 12 Mar 2026, 12:00 GMT+3.')).toBeVisible()
  expect((await limitsOf(world)).state).toBe('CLOSED')
  await page.getByRole('button', { name: 'Open it again' }).click()
  await expect(page.getByRole('button', { name: 'Close …' })).toBeVisible()
  expect((await limitsOf(world)).state).not.toBe('CLOSED')
})

test('a member sets what they are told, and sees nothing else here', async ({ page }) => {
  const world = await makeWorld()
  await signInAs(page, 'member', `/o/${world.slug}/settings`)
  const own = page.getByRole('checkbox', { name: 'Also what I did myself' })
  await expect(own).not.toBeChecked()
  await page.getByText('Also what I did myself').click()
  await expect(own).toBeChecked()
  await page.reload()
  await expect(own).toBeChecked()
  await expect(page.getByRole('heading', { name: 'Limits' })).toHaveCount(0)
  await expect(page.getByRole('button', { name: 'Make a file' })).toHaveCount(0)
  await expectAccessible(page, 'settings-member')
})
