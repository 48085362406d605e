import { expect, expectAccessible, scrollUntil, signInAs, test } from './support/journey'
import { idOf, makeTeam, makeWorld, subscribe } from './support/world'

test('an owner makes a team, and is refused a second of the same name', async ({ page }) => {
  const world = await makeWorld()
  await makeTeam(world, 'Support')
  await signInAs(page, 'owner', `/o/${world.slug}/teams`)
  await expect(page.getByText('1 team', { exact: true })).toBeVisible()
  await expectAccessible(page, 'teams')
  await page.getByRole('button', { name: 'New team' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('textbox', { name: 'Name' }).fill('Support')
  await dialog.getByRole('button', { name: 'Create' }).click()
  await expect(dialog.getByRole('textbox', { name: 'Name' })).toHaveAccessibleDescription(
    'There is a team of that name.',
  )
  await dialog.getByRole('textbox', { name: 'Name' }).fill('On call')
  await dialog.getByRole('button', { name: 'Create' }).click()
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('On call')
  await expect(page.getByText('Nobody is in this team')).toBeVisible()
  await page.goBack()
  await expect(page.getByText('2 teams')).toBeVisible()
  await page.getByRole('searchbox').fill('call')
  await expect(page.getByRole('row')).toHaveCount(2)
})

test('who joins a subscribed team is seated, and what that costs is seen before', async ({ page }) => {
  const world = await makeWorld()
  const team = await makeTeam(
    world,
    'Support',
    [1, 2, 3, 4, 5].map((number) => idOf(world, number)),
  )
  await subscribe(world, [{ teamId: team }])
  await signInAs(page, 'owner', `/o/${world.slug}/teams/${team}`)
  await expect(page.getByText('5 people')).toBeVisible()
  await page.getByRole('button', { name: 'Add people' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('combobox', { name: 'Person' }).fill('Person 00006')
  await page.getByRole('option', { name: /Person 00006/ }).click()
  await expect(dialog.getByText('One person gets a seat')).toBeVisible()
  await expect(dialog.getByRole('row', { name: /^February 2026/ })).toContainText('RUB 1,548')
  await expect(dialog.getByText(/every seat is charged, not only the ones beyond: RUB.1,548 more/)).toBeVisible()
  await expectAccessible(page, 'team-add')
  await dialog.getByRole('button', { name: 'Add 1 person' }).click()
  await expect(page.getByText('6 people')).toBeVisible()
  await expect(page.getByRole('row').filter({ hasText: 'Person 00006' })).toContainText('Full access')
  await expectAccessible(page, 'team')

  await page.getByRole('row').filter({ hasText: 'Person 00002' }).click()
  await page.getByRole('button', { name: 'Remove 1 person' }).click()
  await expect(dialog.getByText('One person loses the seat')).toBeVisible()
  await dialog.getByRole('button', { name: 'Remove 1 person' }).click()
  await expect(page.getByText('5 people')).toBeVisible()
  await expect(page.getByRole('row').filter({ hasText: 'Person 00002' })).toHaveCount(0)

  await page.getByRole('button', { name: 'Rename' }).click()
  await dialog.getByRole('textbox', { name: 'Name' }).fill('Help desk')
  await dialog.getByRole('button', { name: 'Save' }).click()
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Help desk')
  await page.getByRole('button', { name: 'Delete' }).click()
  await dialog.getByRole('button', { name: 'Delete' }).click()
  await expect(page.getByText('There are no teams')).toBeVisible()
})

test('a team of 3 000 scrolls, tells what happens where one is, and lets those go who are chosen', async ({ page }) => {
  test.setTimeout(240_000)
  const world = await makeWorld({ people: 3_000 })
  const people = Array.from({ length: 3_000 }, (_, place) => idOf(world, place + 1))
  const team = await makeTeam(world, 'Everybody', people.slice(0, 1_000))
  for (const from of [1_000, 2_000]) {
    const addMemberIds = people.slice(from, from + 1_000)
    await world.operator.change('teamUpdate', { teamId: team, addMemberIds }, 'team { id }')
  }
  await signInAs(page, 'owner', `/o/${world.slug}/teams/${team}`)
  const table = page.getByRole('grid', { name: 'People in Everybody' })
  await expect(table).toHaveAttribute('aria-rowcount', '3001')
  await scrollUntil(page, 'Person 01500')
  expect(await table.getByRole('row').count()).toBeLessThan(60)
  await world.operator.change('memberUpdate', { memberId: idOf(world, 1_501), name: 'Person 01501 B' }, 'member { id }')
  await expect(page.getByRole('link', { name: 'Person 01501 B' })).toBeVisible()

  await page.getByRole('row', { name: 'Person 01500' }).locator('label').click()
  await page.keyboard.press('Shift+ArrowDown')
  await page.keyboard.press('Shift+ArrowDown')
  await expect(page.getByText('Chosen: 3 of 3,000.')).toBeVisible()
  await expect(page.locator('[data-live-announcer]')).toContainText('3 items selected')
  await expectAccessible(page, 'team-long')
  await page.getByRole('button', { name: 'Remove 3 people' }).click()
  const dialog = page.getByRole('dialog')
  await expect(dialog.getByText('Person 01500, Person 01501 B and Person 01502')).toBeVisible()
  await dialog.getByRole('button', { name: 'Remove 3 people' }).click()
  await expect(page.getByText('2997 people')).toBeVisible()
  await expect(page.getByRole('link', { name: 'Person 01499' })).toBeVisible()
  await expect(page.getByRole('link', { name: 'Person 01501 B' })).toHaveCount(0)

  await page.getByRole('columnheader').locator('label').click()
  await expect(page.getByText('At most 1,000 at once. These are all that were fetched')).toBeVisible()
  await expect(page.getByRole('button', { name: /^Remove/ })).toBeDisabled()
  await page.keyboard.press('Escape')
  await expect(page.getByRole('button', { name: /^Remove/ })).toHaveCount(0)
})

test('somebody who joined meanwhile is named, and nobody else is added', async ({ page }) => {
  const world = await makeWorld()
  const team = await makeTeam(world, 'Support')
  await signInAs(page, 'owner', `/o/${world.slug}/teams/${team}`)
  await page.goto(`/o/${world.slug}/teams/${team}?dialog=add`)
  const dialog = page.getByRole('dialog')
  for (const name of ['Person 00001', 'Person 00002']) {
    await dialog.getByRole('combobox', { name: 'Person' }).fill(name)
    await page.getByRole('option', { name }).click()
  }
  await world.operator.change('teamUpdate', { teamId: team, addMemberIds: [idOf(world, 2)] }, 'team { id }')
  await dialog.getByRole('button', { name: 'Add 2 people' }).click()
  await expect(dialog.getByText('Already in the team: Person 00002')).toBeVisible()
  await page.keyboard.press('Escape')
  await expect(page.getByText('1 person', { exact: true })).toBeVisible()
})

test('a member sees who is in a team, and teams speak Russian', async ({ page }) => {
  const world = await makeWorld()
  const team = await makeTeam(world, 'Support', [idOf(world, 1)])
  await page.addInitScript(() => {
    localStorage.setItem('seatmark.language', 'ru')
  })
  await signInAs(page, 'member', `/o/${world.slug}/teams/${team}`)
  await expect(page.getByRole('columnheader')).toHaveText(['Название', 'Отдел'])
  await expect(page.getByRole('button', { name: 'Добавить людей' })).toHaveCount(0)
  await page.setViewportSize({ width: 400, height: 800 })
  await expectAccessible(page, 'team-member-ru-narrow')
})
