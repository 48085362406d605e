import { expect, expectAccessible, signInAs, test } from './support/journey'
import { makeWorld, subscribe, type World } from './support/world'

const person = (world: World, number: number) =>
  world.memberIds[`p${String(number).padStart(5, '0')}@${world.slug}.example`] ?? ''

async function makeTeam(world: World, name: string, memberIds: string[] = []): Promise<string> {
  const { team } = await world.operator.change<{ team: { id: string } }>(
    'teamCreate',
    { organizationId: world.id, name, memberIds },
    'team { id }',
  )
  return team.id
}

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
    'There is a team of this name already.',
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
    [1, 2, 3, 4, 5].map((number) => person(world, number)),
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
  await world.operator.change('teamUpdate', { teamId: team, addMemberIds: [person(world, 2)] }, 'team { id }')
  await dialog.getByRole('button', { name: 'Add 2 people' }).click()
  await expect(dialog.getByText('Already in the team: Person 00002')).toBeVisible()
  await page.keyboard.press('Escape')
  await expect(page.getByText('1 person', { exact: true })).toBeVisible()
})

test('a member sees who is in a team, and teams speak Russian', async ({ page }) => {
  const world = await makeWorld()
  const team = await makeTeam(world, 'Support', [person(world, 1)])
  await page.addInitScript(() => {
    localStorage.setItem('seatmark.language', 'ru')
  })
  await signInAs(page, 'member', `/o/${world.slug}/teams/${team}`)
  await expect(page.getByRole('columnheader')).toHaveText(['Название', 'Отдел'])
  await expect(page.getByRole('button', { name: 'Добавить людей' })).toHaveCount(0)
  await page.setViewportSize({ width: 400, height: 800 })
  await expectAccessible(page, 'team-member-ru-narrow')
})
