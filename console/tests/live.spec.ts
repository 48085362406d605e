import type { Page } from '@playwright/test'

import { unsubscribe } from './support/january'
import { expect, signInAs, test } from './support/journey'
import { makeWorld, openQueue, PEOPLE, person, subscribe, type World } from './support/world'

const AT_ONCE = { timeout: 4_000 }
/** Longer than any page has ever waited to ask again by itself. */
const LONG = 12_000

const anna = [{ email: PEOPLE.member.email }]

/** A member who can only read, with an issue before them. */
async function openIssue(page: Page): Promise<World> {
  const world = await makeWorld()
  await subscribe(world, [{ email: PEOPLE.owner.email }])
  await openQueue(world)
  await signInAs(page, 'member', `/o/${world.slug}/issues/TEST-1`)
  await expect(page.getByRole('button', { name: 'Edit' })).toBeDisabled()
  await page.waitForTimeout(3_000) // what is asked as live updates begin has been answered
  return world
}

test('a member is told of their own seat, given and taken, of nobody else’s, and asks for nothing meanwhile', async ({
  page,
}) => {
  const world = await openIssue(page)
  let asked = 0
  page.on('request', (request) => {
    if (new URL(request.url()).pathname === '/graphql') asked += 1
  })
  await page.waitForTimeout(LONG)
  await subscribe(world, [person(world, 1)])
  await page.waitForTimeout(AT_ONCE.timeout)
  expect(asked).toBe(0)

  await subscribe(world, anna)
  await expect(page.getByRole('button', { name: 'Edit' })).toBeEnabled(AT_ONCE)
  await unsubscribe(world, anna)
  await expect(page.getByRole('button', { name: 'Edit' })).toBeDisabled(AT_ONCE)
})

test('an access that changed before live updates began is seen as they do, and nothing else is asked for again', async ({
  page,
}) => {
  let begin: () => void = () => undefined
  const begun = new Promise<void>((resolve) => (begin = resolve))
  await page.routeWebSocket('**/graphql', async (browser) => {
    const early: (string | Buffer)[] = []
    browser.onMessage((message) => early.push(message))
    await begun
    const server = browser.connectToServer()
    early.forEach((message) => {
      server.send(message)
    })
    browser.onMessage((message) => {
      server.send(message)
    })
  })
  const world = await openIssue(page)
  await subscribe(world, anna)
  await page.waitForTimeout(AT_ONCE.timeout)
  await expect(page.getByRole('button', { name: 'Edit' })).toBeDisabled()
  let asked: string[] = []
  page.on('request', (request) => {
    if (new URL(request.url()).pathname === '/graphql') asked.push(request.postData() ?? '')
  })
  begin()
  await expect(page.getByRole('button', { name: 'Edit' })).toBeEnabled(AT_ONCE)
  asked = asked.filter((one) => !one.includes('OrganizationHead'))
  expect(asked).toEqual([])
})

test('what could not be told is looked for, and listening begins again', async ({ page }) => {
  let failed: string | undefined
  await page.routeWebSocket('**/graphql', (browser) => {
    const server = browser.connectToServer()
    server.onMessage((text) => {
      const message = JSON.parse(String(text)) as { id?: string; type: string }
      if (message.type !== 'next' || (failed !== undefined && message.id !== failed)) {
        browser.send(text)
      } else if (failed === undefined) {
        failed = message.id
        const payload = [{ message: 'Not now.', extensions: { code: 'RATE_LIMITED' } }]
        browser.send(JSON.stringify({ id: failed, type: 'error', payload }))
      }
    })
  })
  const world = await openIssue(page)
  await subscribe(world, anna)
  await expect(page.getByRole('button', { name: 'Edit' })).toBeEnabled()
  expect(failed).toBeDefined()
  await page.waitForTimeout(7_000)
  await unsubscribe(world, anna)
  await expect(page.getByRole('button', { name: 'Edit' })).toBeDisabled(AT_ONCE)
})
