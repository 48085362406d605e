import type { Page } from '@playwright/test'

import { INSTALLATION, installAt } from './support/installation'
import { expect, expectAccessible, signInAs, test } from './support/journey'
import { Operator } from './support/operator'
import { Server } from './support/server'
import { advance, invite, makeWorld, PEOPLE, people, subscribe, usedSeats, type World } from './support/world'

async function subscribeBy(page: Page, name: string) {
  await page.getByRole('combobox', { name: 'Who gets a seat' }).fill(name)
  await page.getByRole('option', { name }).first().click()
  await page.getByRole('button', { name: 'Subscribe', exact: true }).click()
  await expect(page.getByText('1 person got a seat and 0 people lost theirs.')).toBeVisible()
}

const takeBack = (page: Page) => page.getByRole('button', { name: 'Take it back' })
const amountOf = async (world: World) => {
  const { organization } = await world.operator.ask<{
    organization: { invoicePreview: { total: { amount: string } } }
  }>('query($id: ID!) { organization(id: $id) { invoicePreview { total { amount } } } }', { id: world.id })
  return organization.invoicePreview.total.amount
}

test('a seat taken back within grace costs nothing, and one that is kept costs the month', async ({ page }) => {
  const world = await makeWorld()
  await subscribe(world, people(world, 5))
  await advance(world, '2026-02-11T09:00:00Z')
  await signInAs(page, 'owner', `/o/${world.slug}/seats/change`)
  await subscribeBy(page, 'Person 00006')
  await expect(page.getByText('It can be taken back until 11 Feb 2026, 12:30')).toBeVisible()
  expect(await amountOf(world)).toBe('1548.00')
  await advance(world, '2026-02-11T09:20:00Z')
  await expect(page.getByText('10:00', { exact: true })).toBeVisible({ timeout: 30_000 })
  await takeBack(page).click()
  await expect(page.getByText('It was taken back.')).toBeVisible()
  expect(await amountOf(world)).toBe('0.00')

  await subscribeBy(page, 'Person 00007')
  await advance(world, '2026-02-11T09:51:00Z')
  await expect(takeBack(page)).toHaveCount(0, { timeout: 30_000 })
  await expect(page.getByText('1 person got a seat')).toBeVisible() // what was done is still told
  await expect(page.getByText('It can be taken back')).toHaveCount(0)
  await expectAccessible(page, 'undo-over')
  expect(await amountOf(world)).toBe('1548.00')
  expect(await usedSeats(world)).toBe(6)
})

test('who took too long is told so, and the seat stays', async ({ page }) => {
  await page.routeWebSocket(/graphql/, () => undefined) // nothing is heard of the clock
  const world = await makeWorld()
  await signInAs(page, 'owner', `/o/${world.slug}/seats/change`)
  await subscribeBy(page, 'Person 00001')
  await advance(world, '2026-02-10T09:31:00Z')
  await takeBack(page).click()
  await expect(page.getByText('It can no longer be undone.')).toBeVisible()
  await expectAccessible(page, 'undo-refused')
  expect(await usedSeats(world)).toBe(1)
})

test('in real time the seconds are counted down, and then the button is gone', async ({ page }) => {
  test.setTimeout(240_000)
  const server = new Server(installAt(INSTALLATION.port + 1002), { SEATMARK_GRACE_MINUTES: '1' })
  await server.found()
  try {
    const world = await makeReal(new Operator(server.installation))
    await page.goto(
      `${server.installation.url}/sign-in?returnTo=${encodeURIComponent(`/o/${world.slug}/seats/change`)}`,
    )
    await page.getByRole('button', { name: /Olga/ }).click()
    await subscribeBy(page, 'Person 00001')
    const left = page.getByText(/^0:[0-5]\d$/)
    const seconds = async () => Number((await left.innerText()).slice(2))
    const before = await seconds()
    await expect.poll(seconds).toBeLessThan(before - 1)
    await takeBack(page).click()
    await expect(page.getByText('It was taken back.')).toBeVisible()
    expect(await usedSeats(world)).toBe(0)

    await subscribeBy(page, 'Person 00002')
    await expect(takeBack(page)).toBeVisible()
    await expect(takeBack(page)).toHaveCount(0, { timeout: 75_000 })
    await expect(left).toHaveCount(0)
    await page.reload()
    await expect(page.getByText('1 person got a seat')).toBeVisible()
    await expect(takeBack(page)).toHaveCount(0)
    expect(await usedSeats(world)).toBe(1)
    await page.goto('about:blank') // or it would tell of the connection that ends
  } finally {
    await server.stop()
  }
})

/** An organization by the clock on the wall, in its trial. */
async function makeReal(operator: Operator): Promise<World> {
  const slug = `real-${crypto.randomUUID().slice(0, 8)}`
  const { organization } = await operator.change<{ organization: { id: string } }>(
    'organizationCreate',
    { name: 'In real time', slug, owner: { email: PEOPLE.owner.email, name: PEOPLE.owner.name } },
    'organization { id }',
  )
  const world: World = { id: organization.id, slug, clockId: '', operator, memberIds: {} }
  await operator.change('trackerActivate', { organizationId: world.id }, 'organization { id }')
  await invite(
    world,
    [1, 2].map((number) => ({ email: `p${String(number)}@${slug}.example`, name: `Person 0000${String(number)}` })),
  )
  return world
}
