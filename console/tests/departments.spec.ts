import type { Page } from '@playwright/test'

import { expect, expectAccessible, signInAs, test } from './support/journey'
import { idOf, makeDepartment, makeWorld, type World } from './support/world'

const tree = (page: Page) => page.getByRole('treegrid', { name: 'Departments' })
const row = (page: Page, name: string) => tree(page).getByRole('row', { name, exact: true })

/** Scrolled to first, as by somebody: React Aria keeps the place that it has heard of. */
async function showMore(page: Page) {
  const button = row(page, 'Show more').getByRole('button')
  await button.scrollIntoViewIfNeeded()
  await expect(button).toBeInViewport({ ratio: 1 })
  await page.evaluate(() => new Promise(requestAnimationFrame))
  await button.click()
}

async function move(world: World, number: number, departmentId: string) {
  await world.operator.change('memberUpdate', { memberId: idOf(world, number), departmentId }, 'member { id }')
}

async function doTo(page: Page, name: string, deed: string) {
  await row(page, name)
    .getByRole('button', { name: `What to do with ${name}` })
    .click()
  await page.getByRole('menuitem', { name: deed }).click()
}

test('departments are opened by keys, made, renamed, moved and deleted', async ({ page }) => {
  const world = await makeWorld()
  const sales = await makeDepartment(world, 'Sales')
  const north = await makeDepartment(world, 'North', sales)
  await makeDepartment(world, 'Support')
  await move(world, 1, sales)
  await move(world, 2, north)
  await signInAs(page, 'owner', `/o/${world.slug}/departments`)
  await expect(row(page, 'Sales')).toContainText('2 people (1 right here)')
  await expect(row(page, 'North')).toHaveCount(0)
  await row(page, 'Sales').focus()
  await page.keyboard.press('ArrowRight')
  await expect(row(page, 'North')).toContainText('1 person')
  await page.reload()
  await expect(row(page, 'North')).toBeVisible()
  await expectAccessible(page, 'departments')

  await doTo(page, 'North', 'New department below')
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('textbox', { name: 'Name' }).fill('Arctic')
  await dialog.getByRole('button', { name: 'Create' }).click()
  await expect(row(page, 'Arctic')).toBeVisible()

  await doTo(page, 'Support', 'Rename')
  await dialog.getByRole('textbox', { name: 'Name' }).fill('Sales')
  await dialog.getByRole('button', { name: 'Save' }).click()
  await expect(dialog.getByRole('textbox', { name: 'Name' })).toHaveAccessibleDescription(
    'There is a department of that name beside it.',
  )
  await expectAccessible(page, 'departments-rename')
  await dialog.getByRole('textbox', { name: 'Name' }).fill('Help')
  await dialog.getByRole('button', { name: 'Save' }).click()
  await expect(row(page, 'Help')).toBeVisible()

  await doTo(page, 'Sales', 'Move')
  await dialog.getByRole('combobox').fill('Arctic')
  await page.getByRole('option', { name: /Arctic/ }).click()
  await dialog.getByRole('button', { name: 'Move' }).click()
  await expect(dialog.getByText('A department cannot stand below itself.')).toBeVisible()
  await dialog.getByRole('combobox').fill('Help')
  await page.getByRole('option', { name: /Help/ }).click()
  await dialog.getByRole('button', { name: 'Move' }).click()
  await expect(dialog).toBeHidden()
  await expect(row(page, 'Help')).toContainText('2 people (0 right here)')

  await doTo(page, 'Sales', 'Delete')
  await expect(dialog.getByText(/It still has people or departments/)).toBeVisible()
  await expect(dialog.getByRole('button', { name: 'Delete' })).toBeDisabled()
  await page.keyboard.press('Escape')
  await doTo(page, 'Arctic', 'Delete')
  await dialog.getByRole('button', { name: 'Delete' }).click()
  await expect(row(page, 'Arctic')).toHaveCount(0)

  await doTo(page, 'North', 'See its people')
  await expect(page.getByText('1 person found')).toBeVisible()
})

test('a member sees the departments and can change none', async ({ page }) => {
  const world = await makeWorld()
  await makeDepartment(world, 'Sales')
  await signInAs(page, 'member', `/o/${world.slug}/departments`)
  await expect(row(page, 'Sales')).toBeVisible()
  await expect(page.getByRole('button', { name: 'New department' })).toHaveCount(0)
  await row(page, 'Sales').getByRole('button', { name: 'What to do with Sales' }).click()
  await expect(page.getByRole('menuitem')).toHaveText(['See its people'])
})

test('what an address opens and is not there is left out', async ({ page }) => {
  const world = await makeWorld()
  await makeDepartment(world, 'Sales')
  await signInAs(page, 'owner', `/o/${world.slug}/departments?open=nothing,${idOf(world, 1)}`)
  await expect(row(page, 'Sales')).toBeVisible()
  await page.waitForLoadState('networkidle')
  await expect(page.getByRole('main')).not.toContainText('Try again')
})

test('departments speak Russian, and fit a telephone', async ({ page }) => {
  const world = await makeWorld()
  const sales = await makeDepartment(world, 'Sales')
  await makeDepartment(world, 'North', sales)
  await page.addInitScript(() => {
    localStorage.setItem('seatmark.language', 'ru')
  })
  await page.setViewportSize({ width: 400, height: 800 })
  await signInAs(page, 'owner', `/o/${world.slug}/departments`)
  await expect(page.getByRole('treegrid', { name: 'Отделы' }).getByRole('row')).toHaveCount(1)
  await expectAccessible(page, 'departments-ru-narrow')
})

test('every department can be reached, however many are right below one', async ({ page }) => {
  const world = await makeWorld()
  const sales = await makeDepartment(world, 'Sales')
  const names = Array.from({ length: 205 }, (_, place) => `Shop ${String(place + 1).padStart(3, '0')}`)
  for (const name of names) await makeDepartment(world, name, sales)
  await signInAs(page, 'owner', `/o/${world.slug}/departments?open=${sales}`)
  await expect(row(page, 'Shop 100')).toHaveCount(1)
  await expect(row(page, 'Shop 101')).toHaveCount(0)
  await showMore(page)
  await expect(row(page, 'Shop 200')).toHaveCount(1)
  await showMore(page)
  await expect(row(page, 'Shop 205')).toHaveCount(1)
  await expect(row(page, 'Show more')).toHaveCount(0)

  await move(world, 1, sales) // whatever happens, all that were fetched stay
  await expect(row(page, 'Sales')).toContainText('1 person')
  await expect(row(page, 'Shop 205')).toHaveCount(1)
})
