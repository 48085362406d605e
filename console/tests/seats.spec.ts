import type { Page } from '@playwright/test'

import { expect, expectAccessible, signInAs, test } from './support/journey'
import { advance, idOf, makeTeam, makeWorld, people, person, subscribe, usedSeats } from './support/world'

/** Chooses somebody in one of the two boxes by typing their name. */
async function choose(page: Page, box: 'Who gets a seat' | 'Who leaves', text: string, option: string | RegExp = text) {
  await page.getByRole('combobox', { name: box }).fill(text)
  await page.getByRole('option', { name: option }).first().click()
}

const amounts = (page: Page, row: string) => page.getByRole('row', { name: row }).getByRole('cell').allInnerTexts()
const plain = (texts: string[]) => texts.map((text) => text.replace(/\s/g, ' '))

test('the sixth seat costs 1 548 rubles, which is told before it is given, and it can be taken back', async ({
  page,
}) => {
  const world = await makeWorld()
  await subscribe(world, people(world, 5))
  await advance(world, '2026-02-11T09:00:00Z')
  await signInAs(page, 'owner', `/o/${world.slug}/seats/change`)
  await expectAccessible(page, 'seats-change-empty')
  await choose(page, 'Who gets a seat', 'Person 00006')
  await expect(page.getByText('February 2026: RUB 1,548 more')).toBeVisible()
  await expect(page.getByText('March 2026: RUB 1,548 more')).toBeVisible()
  expect(plain(await amounts(page, 'Seats held'))).toEqual(['5', '6', '+1'])
  expect(plain(await amounts(page, 'Peak of February 2026'))).toEqual(['5', '6', '+1'])
  expect(plain(await amounts(page, 'February 2026 RUB'))).toEqual(['RUB 0', 'RUB 1,548', '+RUB 1,548'])
  await expect(page.getByText('every seat is charged, not only the ones beyond: RUB 1,548 more')).toBeVisible()
  await expect(page.getByText('Take one seat away in the same change')).toBeVisible()
  await expect(page.getByText('One person gets a seat')).toBeVisible()
  await expectAccessible(page, 'seats-change-sixth')

  await page.reload() // what was chosen is in the address
  await expect(page.getByText('February 2026: RUB 1,548 more')).toBeVisible()
  expect(await usedSeats(world)).toBe(5)
  await page.getByRole('button', { name: 'Subscribe', exact: true }).click()
  await expect(page.getByText('1 person got a seat and 0 people lost theirs.')).toBeVisible()
  expect(await usedSeats(world)).toBe(6)

  await page.reload() // and what was done last is kept
  await expect(page.getByRole('button', { name: 'Take it back' })).toBeVisible()
  await expectAccessible(page, 'seats-change-done')
  await page.getByRole('button', { name: 'Take it back' }).click()
  await expect(page.getByText('It was taken back.')).toBeVisible()
  expect(await usedSeats(world)).toBe(5)
  await page.goto(`/o/${world.slug}`)
  await expect(page.getByText('With one more seat every seat is charged: RUB 1,548 in February 2026.')).toBeVisible()
})

test('everyone in an organization of 270 costs 62 800 rubles, tier by tier', async ({ page }) => {
  const world = await makeWorld({ people: 267 })
  await signInAs(page, 'owner', `/o/${world.slug}/seats/change`)
  await choose(page, 'Who gets a seat', 'Everyone')
  await expect(page.getByText('February 2026: RUB 62,800 more')).toBeVisible()
  expect(plain(await amounts(page, 'Seats held'))).toEqual(['0', '270', '+270'])
  await expect(page.getByText('The peak reaches another tier of the price list: RUB 62,800 more.')).toBeVisible()
  await page.getByRole('button', { name: 'Subscribe', exact: true }).click()
  await expect(page.getByText('270 people got a seat and 0 people lost theirs.')).toBeVisible()

  await page.getByRole('link', { name: 'Who has a seat' }).click()
  await expect(page.getByRole('row', { name: /Everyone in the organization/ })).toContainText('270')
  await expectAccessible(page, 'seats')
  await page.getByRole('link', { name: 'People with a seat' }).click()
  await expect(page.getByText('270 people with a seat')).toBeVisible()
  expect(await page.getByRole('row').count()).toBeLessThan(60) // only rows in sight are there
  await page.getByRole('searchbox').fill('Person 00267')
  await expect(page.getByText('1 person with a seat')).toBeVisible()
  await expect(page.getByRole('row', { name: /Person 00267/ })).toContainText('everyone')
  await expectAccessible(page, 'seats-holders')
})

test('a price that has changed since it was shown is not paid unseen', async ({ page }) => {
  await page.routeWebSocket(/graphql/, () => undefined) // nothing is heard of what others do
  const world = await makeWorld()
  await subscribe(world, people(world, 5))
  await signInAs(page, 'owner', `/o/${world.slug}/seats/change`)
  await choose(page, 'Who gets a seat', 'Person 00006')
  await expect(page.getByText('February 2026: RUB 1,548 more')).toBeVisible()
  await subscribe(world, [person(world, 7)])

  await page.getByRole('button', { name: 'Subscribe', exact: true }).click()
  await expect(page.getByText('The price has changed since you looked. Nothing was changed')).toBeVisible()
  await expect(page.getByText('the month came to RUB 1,548; now it comes to RUB 1,806.')).toBeVisible()
  await expect(page.getByText('February 2026: RUB 258 more')).toBeVisible()
  expect(await usedSeats(world)).toBe(6)
  await expectAccessible(page, 'seats-change-stale')
  await page.getByRole('button', { name: 'Subscribe', exact: true }).click()
  await expect(page.getByText('1 person got a seat')).toBeVisible()
  expect(await usedSeats(world)).toBe(7)
})

test('what somebody else changes meanwhile is priced at once', async ({ page }) => {
  const world = await makeWorld()
  await subscribe(world, people(world, 6))
  await signInAs(page, 'owner', `/o/${world.slug}/seats/change`)
  await choose(page, 'Who gets a seat', 'Person 00010')
  await expect(page.getByText('February 2026: RUB 258 more')).toBeVisible()
  await subscribe(world, [person(world, 7)])
  await expect(page.getByText('the month came to RUB 1,806; now it comes to RUB 2,064.')).toBeVisible()
  await page.getByRole('button', { name: 'Subscribe', exact: true }).click()
  await expect(page.getByText('1 person got a seat')).toBeVisible()
})

test('a cap of its own refuses the change before it is sent, and leads to the limits', async ({ page }) => {
  const world = await makeWorld()
  await subscribe(world, people(world, 5))
  await world.operator.change('organizationUpdate', { organizationId: world.id, seatCap: 5 }, 'organization { id }')
  await signInAs(page, 'owner', `/o/${world.slug}/seats/change`)
  await choose(page, 'Who gets a seat', 'Person 00006')
  await expect(page.getByText('It takes more seats than the organization’s own cap.')).toBeVisible()
  await expect(page.getByRole('button', { name: 'Subscribe', exact: true })).toBeDisabled()
  await expectAccessible(page, 'seats-change-cap')
  await page.getByRole('link', { name: 'Change the limits' }).click()
  await expect(page.getByRole('textbox', { name: 'At most so many seats' })).toHaveValue('5')
})

test('the sixth seat without a payer leads to saying who pays', async ({ page }) => {
  const world = await makeWorld({ hasProfile: false })
  await subscribe(world, people(world, 5))
  await signInAs(page, 'owner', `/o/${world.slug}/seats/change`)
  await choose(page, 'Who gets a seat', 'Person 00006')
  await expect(page.getByText('Beyond the seats that cost nothing somebody has to pay: say first who.')).toBeVisible()
  await expect(page.getByRole('button', { name: 'Subscribe', exact: true })).toBeDisabled()
  await expect(page.getByRole('link', { name: 'Say who pays' })).toHaveAttribute(
    'href',
    `/o/${world.slug}/account?edit=payer`,
  )
  expect(await usedSeats(world)).toBe(5)
})

test('one person replaces another as one change, which costs nothing where two would', async ({ page }) => {
  const world = await makeWorld()
  await subscribe(world, people(world, 6))
  await advance(world, '2026-02-11T09:00:00Z')
  await signInAs(page, 'owner', `/o/${world.slug}/seats`)
  await page.getByRole('link', { name: 'People with a seat' }).click()
  await page
    .getByRole('row', { name: /Person 00001/ })
    .getByRole('link', { name: 'Replace or unsubscribe' })
    .click()
  await expect(page.getByText('February 2026 is charged by its peak all the same.')).toBeVisible()
  await expect(page.getByText('March 2026: RUB 1,548 less')).toBeVisible()
  await choose(page, 'Who gets a seat', 'Person 00007')
  await expect(page.getByText('February 2026: costs the same')).toBeVisible()
  await expect(page.getByText('The other way round the peak would be 7, and the month RUB 258 dearer.')).toBeVisible()
  await expectAccessible(page, 'seats-change-replace')
  await page.getByRole('button', { name: 'Change as shown' }).click()
  await expect(page.getByText('1 person got a seat and 1 person lost theirs.')).toBeVisible()
  expect(await usedSeats(world)).toBe(6)
})

test('who changed nothing last month is suggested to leave, and one press makes the change cost nothing', async ({
  page,
}) => {
  const world = await makeWorld()
  await subscribe(world, people(world, 6))
  await advance(world, '2026-03-03T09:00:00Z')
  await signInAs(page, 'owner', `/o/${world.slug}/seats/change`)
  await choose(page, 'Who gets a seat', 'Person 00007')
  await expect(page.getByText('March 2026: RUB 258 more')).toBeVisible()
  await expect(
    page.getByText('Person 00001 held a seat at the peak of February 2026 and changed nothing'),
  ).toBeVisible()
  await expectAccessible(page, 'seats-change-idle')
  await page.getByRole('button', { name: 'Unsubscribe them' }).click()
  await expect(page.getByRole('list', { name: 'To be unsubscribed' })).toContainText('Person 00001')
  await expect(page.getByText('March 2026: costs the same')).toBeVisible()
  await page.getByRole('button', { name: 'Change as shown' }).click()
  await expect(page.getByText('1 person got a seat and 1 person lost theirs.')).toBeVisible()
})

test('who is seated through a team is told so, and the team can be unsubscribed instead', async ({ page }) => {
  const world = await makeWorld()
  const teamId = await makeTeam(
    world,
    'Support',
    [1, 2, 3].map((number) => idOf(world, number)),
  )
  await subscribe(world, [{ teamId }, person(world, 1)])
  await signInAs(page, 'owner', `/o/${world.slug}/seats`)
  await page.getByRole('link', { name: 'People with a seat' }).click()
  await page
    .getByRole('row', { name: /Person 00002/ })
    .getByRole('link', { name: 'Replace or unsubscribe' })
    .click()
  const leaving = page.getByRole('list', { name: 'To be unsubscribed' })
  await expect(leaving.getByText('Has no subscription of their own to end.')).toBeVisible()
  await expect(page.getByRole('button', { name: 'Unsubscribe', exact: true })).toBeDisabled()
  await expectAccessible(page, 'seats-change-problem')
  await leaving.getByRole('button', { name: 'Unsubscribe instead: the team “Support”' }).click()
  await expect(page.getByText('2 people lose their seat')).toBeVisible()
  await expect(page.getByText('One person keeps the seat through something else', { exact: true })).toBeVisible()
  await expect(page.getByRole('listitem').filter({ hasText: 'through a subscription of their own' })).toContainText(
    'Person 00001',
  )
  await page.getByRole('button', { name: 'Unsubscribe', exact: true }).click()
  await expect(page.getByText('0 people got a seat and 2 people lost theirs.')).toBeVisible()
  expect(await usedSeats(world)).toBe(1)
})

test('who is subscribed already is refused beside the name, and left out with one click', async ({ page }) => {
  const world = await makeWorld()
  await subscribe(world, people(world, 1))
  await signInAs(page, 'owner', `/o/${world.slug}/seats/change`)
  await choose(page, 'Who gets a seat', 'Person 00001')
  await choose(page, 'Who gets a seat', 'Person 00002')
  const coming = page.getByRole('list', { name: 'To be subscribed' })
  await expect(coming.getByRole('listitem').filter({ hasText: 'Person 00001' })).toContainText('Subscribed already.')
  await coming.getByRole('button', { name: 'Leave out: Person 00001' }).click()
  await expect(page.getByText('One person gets a seat')).toBeVisible()
  await expect(page.getByRole('button', { name: 'Subscribe', exact: true })).toBeEnabled()
})

test('somebody who is not there is invited and takes no seat until they accept', async ({ page }) => {
  const world = await makeWorld()
  await signInAs(page, 'owner', `/o/${world.slug}/seats/change`)
  await choose(page, 'Who gets a seat', `new@${world.slug}.example`)
  await expect(page.getByText('One person is invited, and takes no seat until they accept')).toBeVisible()
  await page.getByRole('button', { name: 'Subscribe', exact: true }).click()
  await expect(page.getByText('1 person was invited')).toBeVisible()
  expect(await usedSeats(world)).toBe(0)
})

test('subscriptions are chosen together to end, and seen among those that ended', async ({ page }) => {
  const world = await makeWorld()
  await subscribe(world, people(world, 3))
  await signInAs(page, 'owner', `/o/${world.slug}/seats`)
  const deeds = page.getByRole('gridcell').filter({ has: page.getByRole('link', { name: 'Unsubscribe', exact: true }) })
  await expect(deeds).toHaveCount(3)
  const cut = await deeds.evaluateAll((cells) => cells.filter((one) => one.scrollWidth > one.clientWidth).length)
  expect(cut, 'buttons that are cut off').toBe(0)
  for (const name of ['Person 00001', 'Person 00002']) {
    await page
      .getByRole('row', { name: new RegExp(name) })
      .locator('label')
      .click()
  }
  await page.getByRole('link', { name: 'Unsubscribe the 2 chosen …' }).click()
  await expect(page.getByText('2 people lose their seat')).toBeVisible()
  await page.getByRole('button', { name: 'Unsubscribe', exact: true }).click()
  await expect(page.getByText('0 people got a seat and 2 people lost theirs.')).toBeVisible()
  await page.goto(`/o/${world.slug}/seats?view=ended`)
  await expect(page.getByRole('row', { name: /Person 00002/ })).toContainText('an operator')
  await expectAccessible(page, 'seats-ended')
})

test('seats that change are seen at once on another page', async ({ page, context }) => {
  const world = await makeWorld()
  await subscribe(world, people(world, 5))
  await signInAs(page, 'owner', `/o/${world.slug}`)
  await expect(page.getByText('With one more seat every seat is charged')).toBeVisible()
  const other = await context.newPage()
  await other.goto(`/o/${world.slug}/seats/change`)
  await choose(other, 'Who gets a seat', 'Person 00006')
  await other.getByRole('button', { name: 'Subscribe', exact: true }).click()
  await expect(other.getByText('1 person got a seat')).toBeVisible()
  await expect(page.getByText('RUB 1,548').first()).toBeVisible()
  await expect(page.getByText('With one more seat every seat is charged')).toBeHidden()
})

test('who may not change seats is told so, and whom to ask', async ({ page }) => {
  const world = await makeWorld()
  await subscribe(world, people(world, 1))
  await signInAs(page, 'billing', `/o/${world.slug}/seats/change`)
  await expect(page.getByText('You cannot change who has a seat here.')).toBeVisible()
  await expect(page.getByText('Ask: Olga Demo.')).toBeVisible()
  await page.goto(`/o/${world.slug}/seats`)
  await expect(page.getByRole('row', { name: /Person 00001/ })).toBeVisible()
  await expect(page.getByRole('link', { name: 'Change seats' })).toHaveCount(0)
  await expectAccessible(page, 'seats-reader')
})

test('the price is told in Russian, and on a narrow screen', async ({ page }) => {
  const world = await makeWorld()
  await subscribe(world, people(world, 5))
  await signInAs(page, 'owner', `/o/${world.slug}/seats/change`)
  await page.getByRole('button', { name: 'Language' }).click()
  await page.getByRole('menuitemradio', { name: 'Русский' }).click()
  await page.getByRole('combobox', { name: 'Кто получит место' }).fill('Person 00006')
  await page.getByRole('option', { name: 'Person 00006' }).click()
  await expect(page.getByText('февраль 2026: на 1 548 ₽ больше')).toBeVisible()
  await expect(page.getByText('Освободите 1 место тем же изменением')).toBeVisible()
  await expectAccessible(page, 'seats-change-russian')
  await page.setViewportSize({ width: 400, height: 800 })
  await expectAccessible(page, 'seats-change-narrow')
})

test('a list that was scrolled is looked at again from its beginning', async ({ page }) => {
  const world = await makeWorld({ people: 130 })
  await subscribe(world, people(world, 130))
  await signInAs(page, 'owner', `/o/${world.slug}/seats`)
  const table = page.getByRole('grid', { name: 'Subscriptions' })
  await expect(table).toHaveAttribute('aria-rowcount', '131')
  const first = await table.getByRole('rowheader').first().innerText()
  await table.hover()
  await expect(async () => {
    await page.mouse.wheel(0, 10_000)
    await expect(table.locator('[aria-rowindex="131"]')).toBeVisible({ timeout: 500 })
  }).toPass()

  const [number] = /\d+/.exec(first) ?? ['']
  await world.operator.change(
    'seatsChange',
    { organizationId: world.id, unsubscribe: [person(world, Number(number))] },
    'unseatedCount',
  )
  await expect(table).toHaveAttribute('aria-rowcount', '130')
  await page.mouse.wheel(0, -10_000)
  await expect(table.getByRole('rowheader').first()).toBeVisible()
  await expect(table.getByRole('rowheader', { name: first, exact: true })).toHaveCount(0)
})
