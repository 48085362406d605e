import type { Page } from '@playwright/test'

import { expect, expectAccessible, scrollUntil, signInAs, test } from './support/journey'
import {
  emailOf,
  idOf,
  invite,
  makeDepartment,
  makeTeam,
  makeWorld,
  memberIdOf,
  PEOPLE,
  person,
  subscribe,
  type World,
} from './support/world'

const people = (page: Page) => page.getByRole('grid', { name: 'People', exact: true })

/** Departments Sales > North and a team, with Persons 1 and 2 in them. */
async function divide(world: World) {
  const sales = await makeDepartment(world, 'Sales')
  const north = await makeDepartment(world, 'North', sales)
  const [first, second] = [idOf(world, 1), idOf(world, 2)]
  await world.operator.change('memberUpdate', { memberId: first, departmentId: sales }, 'member { id }')
  await world.operator.change('memberUpdate', { memberId: second, departmentId: north }, 'member { id }')
  return { sales, north, team: await makeTeam(world, 'Support', [second]) }
}

test('an owner finds people by what they are, and the address keeps what was asked', async ({ page }) => {
  const world = await makeWorld()
  await divide(world)
  await subscribe(world, [person(world, 1), person(world, 3)])
  await signInAs(page, 'owner', `/o/${world.slug}/people`)
  await expect(page.getByText('15 people')).toBeVisible()
  await expect(people(page).getByRole('row').filter({ hasText: 'Person 00001' })).toContainText('Full access')
  await expectAccessible(page, 'people')

  await page.getByRole('combobox', { name: 'Department' }).fill('Sal')
  await page.getByRole('option', { name: 'Sales' }).click()
  await expect(page.getByText('2 people found')).toBeVisible()
  await page.getByText('With departments below').click()
  await expect(page.getByText('1 person found')).toBeVisible()
  await page.reload()
  await expect(page.getByText('1 person found')).toBeVisible()
  await expect(page.getByRole('combobox', { name: 'Department' })).toHaveValue('Sales')

  await page.goto(`/o/${world.slug}/people?seat=yes&order=NAME_DESC`)
  await expect(page.getByText('2 people found')).toBeVisible()
  await expect(people(page).getByRole('row').nth(1)).toContainText('Person 00003')
  await page.getByRole('searchbox', { name: 'Search' }).fill('nobody at all')
  await expect(page.getByText('Nobody is like this')).toBeVisible()
})

test('10 000 people scroll and are found, and the place is kept', async ({ page }) => {
  test.setTimeout(240_000)
  const world = await makeWorld({ people: 10_000 })
  await signInAs(page, 'owner', `/o/${world.slug}/people`)
  await expect(page.getByText('10003 people')).toBeVisible()
  const table = people(page)
  const scroller = page.getByTestId('rows')
  await scrollUntil(page, 'Person 01500')
  expect(await table.getByRole('row').count()).toBeLessThan(60)
  await page.getByRole('link', { name: 'Person 01500' }).click()
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Person 01500')
  await page.goBack()
  await expect(page.getByRole('link', { name: 'Person 01500' })).toBeVisible()
  expect(await scroller.evaluate((one) => one.scrollTop)).toBeGreaterThan(40_000)

  await page.getByRole('searchbox', { name: 'Search' }).fill('Person 0999')
  await expect(page.getByText('10 people found')).toBeVisible()
  await expect(table.getByRole('row')).toHaveCount(11)
})

test('people are invited from pasted addresses, and each problem stands at its row', async ({ page }) => {
  const world = await makeWorld()
  await divide(world)
  await signInAs(page, 'owner', `/o/${world.slug}/people`)
  await page.getByRole('button', { name: 'Invite people' }).click()
  const dialog = page.getByRole('dialog')
  await dialog
    .getByRole('textbox', { name: 'Paste addresses' })
    .fill(`Ivan Ivanov <ivan@${world.slug}.example>\nnobody\n${emailOf(world, 1)}`)
  await dialog.getByRole('button', { name: 'Add to the list' }).click()
  await expect(dialog.getByText('1 line has no address and was left here.')).toBeVisible()
  await dialog.getByRole('button', { name: 'Another person' }).click()
  await dialog.getByRole('textbox', { name: 'E-mail of person 3' }).fill('not an address')
  await dialog.getByRole('textbox', { name: 'Name of person 3' }).fill('Somebody')
  await dialog.getByRole('button', { name: 'Invite 3 people' }).click()
  await expect(dialog.getByText('Nobody was invited: 2 people have problems.')).toBeVisible()
  await expect(dialog.getByRole('textbox', { name: 'E-mail of person 3' })).toHaveAccessibleDescription(
    "'not an address' is not an e-mail address.",
  )
  await expectAccessible(page, 'people-invite')
  await dialog.getByRole('textbox', { name: 'E-mail of person 3' }).fill(`some@${world.slug}.example`)
  await expect(dialog.getByRole('textbox', { name: 'E-mail of person 2' })).toHaveAccessibleDescription(
    `${emailOf(world, 1)} or their login is taken.`,
  )
  expect(await count(world)).toBe(15)
  await dialog.getByRole('button', { name: 'Remove person 2' }).click()
  await dialog.getByRole('combobox', { name: 'Department' }).fill('North')
  await page.getByRole('option', { name: /North/ }).click()
  await dialog.getByRole('combobox', { name: 'Add a team' }).fill('Sup')
  await page.getByRole('option', { name: 'Support' }).click()
  await dialog.getByRole('button', { name: 'Invite 2 people' }).click()
  await expect(dialog.getByText('2 people were invited')).toBeVisible()
  await dialog.getByRole('button', { name: 'Close' }).last().click()

  const row = people(page).getByRole('row').filter({ hasText: 'Ivan Ivanov' })
  await expect(row).toContainText('Invited')
  await expect(row).toContainText('North')
  await expect(row).toContainText('Support')
  await row.getByRole('link').click()
  await page.getByRole('button', { name: 'Send the invitation again' }).click()
  await expect(page.getByText('The invitation was sent again')).toBeVisible()
  await page.getByRole('button', { name: 'Take the invitation back' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Take the invitation back' }).click()
  await expect(page.getByText('This person was erased.')).toBeVisible()
  expect(await count(world)).toBe(16)
})

async function count(world: World): Promise<number> {
  const { organization } = await world.operator.ask<{ organization: { members: { totalCount: number } } }>(
    'query($id: ID!) { organization(id: $id) { members(first: 0) { totalCount } } }',
    { id: world.id },
  )
  return organization.members.totalCount
}

test('an owner sees why somebody has a seat, what it costs to let them go, and brings them back', async ({ page }) => {
  const world = await makeWorld()
  const { team } = await divide(world)
  await subscribe(world, [{ teamId: team }, ...[1, 3, 4, 5, 6].map((number) => person(world, number))])
  await signInAs(page, 'owner', `/o/${world.slug}/people/${idOf(world, 2)}`)
  await expect(page.getByText('They have a seat.')).toBeVisible()
  await expect(page.getByRole('link', { name: 'the team “Support”' }).first()).toBeVisible()
  await expectAccessible(page, 'person')

  await page.getByRole('button', { name: 'Deactivate' }).click()
  const dialog = page.getByRole('dialog')
  await expect(dialog.getByText('One person loses the seat')).toBeVisible()
  const month = dialog.getByRole('row', { name: /^February 2026/ })
  await expect(month).toContainText('RUB 1,548')
  await expect(month).toContainText('RUB 0')
  await expectAccessible(page, 'person-deactivate')
  await dialog.getByRole('button', { name: 'Deactivate' }).click()
  await expect(dialog).toBeHidden()
  await expect(page.getByText(/The last seat ended .*they were deactivated \(Olga Demo\)/)).toBeVisible()
  await page.getByRole('button', { name: 'Let them take part again' }).click()
  await expect(page.getByText('They have a seat.')).toBeVisible()
  await expect(page.getByText(/Ended: they were deactivated/)).toBeVisible()
})

test('a person is changed, refused at the field, and erased only by typing their name', async ({ page }) => {
  const world = await makeWorld()
  await divide(world)
  await world.operator.change('memberUpdate', { memberId: idOf(world, 2), login: 'taken' }, 'member { id }')
  await signInAs(page, 'owner', `/o/${world.slug}/people/${idOf(world, 1)}`)
  const form = page.getByRole('form', { name: 'Change' })
  await form.getByRole('textbox', { name: 'Login' }).fill('taken')
  await form.getByRole('button', { name: 'Save' }).click()
  await expect(form.getByRole('textbox', { name: 'Login' })).toHaveAccessibleDescription(/taken|already/i)
  await form.getByRole('textbox', { name: 'Login' }).fill('petrov')
  await form.getByRole('textbox', { name: 'Name' }).fill('Pyotr Petrov')
  await form.getByRole('button', { name: 'Save' }).click()
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Pyotr Petrov')

  await page.getByRole('button', { name: 'Erase' }).click()
  const dialog = page.getByRole('dialog')
  await expect(dialog.getByRole('button', { name: 'Erase' })).toBeDisabled()
  await dialog.getByRole('textbox', { name: /Pyotr Petrov/ }).fill('Pyotr Petrov')
  await expectAccessible(page, 'person-erase')
  await dialog.getByRole('button', { name: 'Erase' }).click()
  await expect(page.getByText('This person was erased.')).toBeVisible()
})

test('the last owner cannot be deactivated, and is told so', async ({ page }) => {
  const world = await makeWorld()
  await signInAs(page, 'owner', `/o/${world.slug}/people/${await memberIdOf(world, PEOPLE.owner.email)}`)
  await page.getByRole('button', { name: 'Deactivate' }).click()
  const dialog = page.getByRole('dialog')
  await expect(dialog.getByText('There must be an owner. Nothing was changed.')).toBeVisible()
  await dialog.getByRole('button', { name: 'Deactivate' }).click()
  await expect(dialog.getByText('There must be an owner. Nothing was changed.').first()).toBeVisible()
})

test('a member sees names, departments and teams, and neither addresses nor seats', async ({ page }) => {
  const world = await makeWorld()
  await divide(world)
  await subscribe(world, [person(world, 1)])
  await signInAs(page, 'member', `/o/${world.slug}/people`)
  await expect(people(page).getByRole('row').filter({ hasText: 'Person 00002' })).toContainText('North')
  await expect(page.getByRole('columnheader')).toHaveText(['Name', 'Role', 'Department', 'Teams'])
  await expect(page.getByRole('button', { name: 'Invite people' })).toHaveCount(0)
  await expectAccessible(page, 'people-member')
  await page.getByRole('link', { name: 'Person 00001' }).click()
  await expect(page.getByText(/Who has a seat, and why, is seen by owners/)).toContainText('Olga Demo')
  await expect(page.getByText(emailOf(world, 1))).toHaveCount(0)
  await expectAccessible(page, 'person-member')
})

test('the pages about people speak Russian, and fit a telephone', async ({ page }) => {
  const world = await makeWorld()
  await divide(world)
  await invite(world, [{ email: `long@${world.slug}.example`, name: 'Константин Константинопольский-Задунайский' }])
  await page.addInitScript(() => {
    localStorage.setItem('seatmark.language', 'ru')
  })
  await signInAs(page, 'owner', `/o/${world.slug}/people`)
  await expect(page.getByText('16 человек')).toBeVisible()
  await expectAccessible(page, 'people-ru')
  await page.setViewportSize({ width: 400, height: 800 })
  await expectAccessible(page, 'people-ru-narrow')
  await page.goto(`/o/${world.slug}/people/${idOf(world, 2)}`)
  await expect(page.getByText('Доступ и почему он такой')).toBeVisible()
  await expectAccessible(page, 'person-ru-narrow')
})

test('on a telephone filters are behind a button that says how many are set', async ({ page }) => {
  const world = await makeWorld()
  await page.setViewportSize({ width: 400, height: 800 })
  await signInAs(page, 'owner', `/o/${world.slug}/people`)
  const role = page.getByRole('button', { name: /Role$/ })
  const opener = page.getByRole('button', { name: /^Filters/ })
  await expect(opener).toHaveText('Filters')
  await expect(role).toBeHidden()
  await opener.press('Enter')
  await expect(opener).toHaveAttribute('aria-expanded', 'true')
  await role.click()
  await page.getByRole('option', { name: 'Owner' }).click()
  await expect(page.getByText('1 person found')).toBeVisible()
  await expectAccessible(page, 'people-filters-narrow')

  await page.reload()
  await expect(opener).toHaveText('Filters (1 set)')
  await expect(role).toBeHidden()
  await page.setViewportSize({ width: 1280, height: 800 })
  await expect(opener).toBeHidden()
  await expect(role).toBeVisible()
})
