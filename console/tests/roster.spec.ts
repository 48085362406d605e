import type { Page } from '@playwright/test'

import { expect, expectAccessible, signInAs, test } from './support/journey'
import { emailOf, makeWorld, nameOf, PEOPLE, subscribe, type World } from './support/world'

/** A roster with everybody of a journey's organization. */
function lines(world: World, count = 12): string[] {
  const demo = Object.values(PEOPLE).map((one) => `${one.email};${one.name};;`)
  const others = Array.from({ length: count }, (_, place) => `${emailOf(world, place + 1)};${nameOf(place + 1)};;`)
  return ['email;name;department;teams', ...demo, ...others]
}

async function compare(page: Page, text: string) {
  await page.getByRole('textbox', { name: 'Or paste it here' }).fill(text)
  await page.getByRole('button', { name: 'Compare', exact: true }).click()
}

async function everybody(world: World): Promise<string[]> {
  const { organization } = await world.operator.ask<{
    organization: { members: { nodes: { name: string; status: string }[] } }
  }>('query($id: ID!) { organization(id: $id) { members(first: 100) { nodes { name status } } } }', { id: world.id })
  return organization.members.nodes.map((one) => `${one.name} ${one.status}`)
}

test('a roster is compared, priced to the ruble, and applied', async ({ page }) => {
  const world = await makeWorld()
  await subscribe(
    world,
    [1, 2, 3, 4, 5, 6].map((number) => ({ email: emailOf(world, number) })),
  )
  await world.operator.change(
    'testClockAdvance',
    { testClockId: world.clockId, to: '2026-02-20T09:00:00Z' },
    'testClock { id }',
  )
  const roster = lines(world)
  roster[4] = `${emailOf(world, 1)};Petr Petrov;Sales/North;Support|On call`
  roster.pop() // Person 12 left
  roster.splice(roster.indexOf(`${emailOf(world, 2)};Person 00002;;`), 1) // so did Person 2, who has a seat
  roster.push(`new@${world.slug}.example;Nina Nova;Sales;`)
  await signInAs(page, 'owner', `/o/${world.slug}/roster`)
  await compare(page, roster.join('\r\n'))
  await expect(page.getByRole('button', { name: '2 people are deactivated' })).toBeVisible()
  await expect(page.getByRole('button', { name: '2 departments are made' })).toBeVisible()
  await page.getByRole('button', { name: '1 person is added' }).click()
  await expect(page.getByText('Nina Nova', { exact: true })).toBeVisible()
  await page.getByRole('button', { name: /1 person gets another name/ }).click()
  await expect(page.getByText(/Person 00001 .*→ Petr Petrov/)).toBeVisible()
  await expect(page.getByText('One person loses the seat')).toBeVisible()
  const price = page.getByRole('region', { name: 'What it costs' })
  await expect(price.getByRole('row').filter({ hasText: 'Seats held' })).toContainText(/6\s*5/)
  await expect(price.getByRole('row', { name: /^February 2026/ })).toContainText(/RUB.1,548\s*RUB.1,548/)
  await expect(price.getByRole('row').filter({ hasText: 'March 2026' })).toContainText(/RUB.1,548\s*RUB.0/)
  await expectAccessible(page, 'roster')
  await page.getByRole('button', { name: 'Apply the roster' }).click()
  await expect(page.getByText('The roster of 14 people was applied')).toBeVisible()
  const after = await everybody(world)
  expect(after).toContain('Nina Nova ACTIVE')
  expect(after).toContain('Person 00002 DEACTIVATED')
  expect(after).toContain('Petr Petrov ACTIVE')

  await page.getByRole('link', { name: 'See the people' }).click()
  await expect(page.getByRole('row').filter({ hasText: 'Petr Petrov' })).toContainText('North')
})

test('every line that is refused is named by its number in the file, and nothing changes', async ({ page }) => {
  const world = await makeWorld()
  const before = await everybody(world)
  await signInAs(page, 'owner', `/o/${world.slug}/roster`)
  await compare(page, 'email;name;departement\na@x.example;A;B')
  await expect(page.getByText(/These columns are not known: departement/)).toBeVisible()
  const text = [
    'email;name;role',
    `${emailOf(world, 1)};Person 00001;boss`,
    '',
    'not an address;Somebody;',
    `${emailOf(world, 2)};;`,
    `${emailOf(world, 1)};Again;MEMBER`,
  ].join('\n')
  await compare(page, text)
  const table = page.getByRole('grid', { name: 'Lines with problems' })
  await expect(table.getByRole('row').filter({ hasText: '“boss” is no role' })).toContainText('2')
  await expect(table.getByRole('row').filter({ hasText: 'is not an e-mail address.' })).toContainText('4')
  await expect(table.getByRole('row').filter({ hasText: "A person's name cannot be empty." })).toContainText('5')
  await expect(table.getByRole('row').filter({ hasText: 'twice' })).toContainText('6')
  await expectAccessible(page, 'roster-refused')
  expect(await everybody(world)).toEqual(before)
})

test('a file of which half is missing deactivates nobody until somebody says how many may go', async ({ page }) => {
  const world = await makeWorld()
  await signInAs(page, 'owner', `/o/${world.slug}/roster`)
  const half = lines(world, 4)
  await page.locator('input[type=file]').setInputFiles({
    name: 'roster.csv',
    mimeType: 'text/csv',
    buffer: Buffer.from(`\ufeff${half.join('\r\n')}\r\n`),
  })
  await expect(page.getByText('roster.csv')).toBeVisible()
  await page.getByRole('button', { name: 'Compare', exact: true }).click()
  await expect(page.getByText(/^8 of \d+ active people are not in the roster/)).toBeVisible()
  await expectAccessible(page, 'roster-too-many')
  await page.getByRole('textbox', { name: 'Deactivate at most' }).fill('7')
  await page.getByRole('button', { name: 'Allow, and compare again' }).click()
  await expect(page.getByText(/^8 of \d+ active people are not in the roster/)).toBeVisible()
  await page.getByRole('textbox', { name: 'Deactivate at most' }).fill('8')
  await page.getByRole('button', { name: 'Allow, and compare again' }).click()
  await page.getByRole('button', { name: 'Apply the roster' }).click()
  await expect(page.getByText('The roster of 7 people was applied')).toBeVisible()
  expect((await everybody(world)).filter((one) => one.endsWith('DEACTIVATED'))).toHaveLength(8)
})

test('a price that has changed since it was shown stops the roster', async ({ page }) => {
  const world = await makeWorld()
  await signInAs(page, 'owner', `/o/${world.slug}/roster`)
  await compare(page, [...lines(world), `new@${world.slug}.example;Nina Nova;;`].join('\n'))
  await expect(page.getByRole('button', { name: 'Apply the roster' })).toBeVisible()
  await subscribe(
    world,
    [1, 2, 3, 4, 5, 6].map((number) => ({ email: emailOf(world, number) })),
  )
  await page.getByRole('button', { name: 'Apply the roster' }).click()
  await expect(page.getByText(/The price has changed since you looked/)).toBeVisible()
  expect(await everybody(world)).not.toContain('Nina Nova ACTIVE')
  await page.getByRole('button', { name: 'Compare again' }).click()
  await page.getByRole('button', { name: 'Apply the roster' }).click()
  await expect(page.getByText('The roster of 16 people was applied')).toBeVisible()
})

test('10 000 people come out of a file at once', async ({ page }) => {
  test.setTimeout(240_000)
  const world = await makeWorld({ people: 0 })
  await signInAs(page, 'owner', `/o/${world.slug}/roster`)
  await page.locator('input[type=file]').setInputFiles({
    name: 'everybody.csv',
    mimeType: 'text/csv',
    buffer: Buffer.from(lines(world, 10_000).join('\r\n')),
  })
  await page.getByRole('button', { name: 'Compare', exact: true }).click()
  await expect(page.getByText('10003 people in the roster')).toBeVisible()
  await expect(page.getByRole('button', { name: '10000 people are added' })).toBeVisible({ timeout: 60_000 })
  await page.getByRole('button', { name: 'Apply the roster' }).click()
  await expect(page.getByText('The roster of 10003 people was applied')).toBeVisible({ timeout: 60_000 })
})

test('a member is told who applies rosters, and a roster speaks Russian on a telephone', async ({ page }) => {
  const world = await makeWorld()
  await signInAs(page, 'member', `/o/${world.slug}/roster`)
  await expect(page.getByText('Only those who manage people can apply a roster')).toBeVisible()
  await expect(page.getByText('Ask Olga Demo.')).toBeVisible()
  await page.addInitScript(() => {
    localStorage.setItem('seatmark.language', 'ru')
  })
  await page.setViewportSize({ width: 400, height: 800 })
  await signInAs(page, 'owner', `/o/${world.slug}/roster`)
  await page.getByRole('textbox', { name: 'Или вставьте его сюда' }).fill(lines(world, 11).join('\n'))
  await page.getByRole('button', { name: 'Сравнить' }).click()
  await expect(page.getByRole('button', { name: 'Отключится 1 человек' })).toBeVisible()
  await expectAccessible(page, 'roster-ru-narrow')
})
