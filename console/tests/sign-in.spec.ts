import type { Page } from '@playwright/test'

import { INSTALLATION, installAt } from './support/installation'
import { expect, expectAccessible, test } from './support/journey'
import { Operator } from './support/operator'
import { Post } from './support/post'
import { startProvider } from './support/provider'
import { Server } from './support/server'
import { makeWorld, PEOPLE, subscribe, type World } from './support/world'

/** Journeys of one installation that has a mail server and an OpenID provider. */
test.describe.configure({ mode: 'serial' })

let post: Post
let provider: Awaited<ReturnType<typeof startProvider>>
let server: Server
let world: World

test.beforeAll(async () => {
  test.setTimeout(180_000)
  post = await Post.open()
  provider = await startProvider(PEOPLE.owner.email)
  server = new Server(installAt(INSTALLATION.port + 1001), {
    SEATMARK_SMTP_URL: post.url,
    SEATMARK_MAIL_FROM: 'Seatmark <seats@seatmark.example>',
    ...provider.settings,
  })
  await server.found()
  world = await makeWorld({ people: 6 }, new Operator(server.installation))
  await subscribe(world, [{ email: `p00001@${world.slug}.example` }])
})

test.afterAll(async () => {
  await server.stop()
  await provider.stop()
  post.close()
})

const at = (path: string) => `${server.installation.url}${path}`
const within = (path: string) => at(`/o/${world.slug}${path}`)
const addressOf = (page: Page) => page.evaluate(() => window.location.href)

/** What whoever reads the mail does: opens its link, and presses the button there. */
async function followLink(page: Page, address: string, button = 'Sign in') {
  await page.goto(await post.find(address, /https?:\/\/\S+\/auth\/link\S+/))
  await page.getByRole('button', { name: button }).click()
}

test('somebody without a session is led to signing in, and by a link in a mail to where they were going', async ({
  page,
}) => {
  const place = within('/seats?view=holders&text=Person')
  await page.goto(place)
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Sign in')
  await expect(page.getByRole('link', { name: 'Go on to sign in' })).toBeVisible()
  await expectAccessible(page, 'sign-in')
  const form = page.getByRole('form', { name: 'With a link in a mail' })
  await form.getByRole('textbox', { name: 'E-mail address' }).fill('not an address')
  await form.getByRole('button', { name: 'Send me a link' }).click()
  await expect(form.getByRole('textbox')).toHaveAccessibleDescription(/.+/)
  await expectAccessible(page, 'sign-in-refused')

  await form.getByRole('textbox').fill('nobody@nowhere.example')
  await form.getByRole('button', { name: 'Send me a link' }).click()
  await expect(form.getByText('If somebody here has this address, a link is on its way to it.')).toBeVisible()
  await form.getByRole('textbox').fill(PEOPLE.billing.email)
  await form.getByRole('button', { name: 'Send me a link' }).click()
  await expect(form.getByRole('status')).toBeVisible()
  await followLink(page, PEOPLE.billing.email)
  await expect(page.getByText('1 person with a seat')).toBeVisible()
  expect(await addressOf(page)).toBe(place)
  await expect(page.getByRole('button', { name: 'Sign out: Bella Demo' })).toBeVisible()
})

test('the mail and its page speak the language of who asked, and the link works once', async ({ page }) => {
  await page.goto(at('/sign-in'))
  await page.getByRole('button', { name: 'Language' }).click()
  await page.getByRole('menuitemradio', { name: 'Русский' }).click()
  const form = page.getByRole('form', { name: 'По ссылке из письма' })
  await form.getByRole('textbox').fill(PEOPLE.member.email)
  await form.getByRole('button').click()
  await expect(form.getByRole('status')).toBeVisible()
  await followLink(page, PEOPLE.member.email, 'Войти')
  await expect(page.getByRole('button', { name: /Anna Petrova/ })).toBeVisible()
  await followLink(page, PEOPLE.member.email, 'Войти')
  await expect(page.getByText('Ссылка уже использована или старше 15 минут')).toBeVisible()
})

test('an OpenID provider vouches for somebody, who is where they were going, and signs out', async ({ page }) => {
  const place = within('/people?order=NAME_DESC')
  await page.goto(place)
  await page.getByRole('link', { name: 'Go on to sign in' }).click()
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('People')
  expect(await addressOf(page)).toBe(place)
  await page.getByRole('button', { name: 'Sign out: Olga Demo' }).click()
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Sign in')
  await page.goBack() // nothing of the session is left to look at
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Sign in')
  await expect(page.getByText('Person 00001')).toHaveCount(0)
})

test('a session that ends while a page is open leads to signing in and back to the same page', async ({
  page,
  context,
}) => {
  const place = within('/people?order=NAME_DESC&seat=no')
  await page.goto(place)
  await page.getByRole('link', { name: 'Go on to sign in' }).click()
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('People')
  const other = await context.newPage()
  await other.goto(within(''))
  await other.getByRole('button', { name: /^Sign out/ }).click()
  await expect(other.getByRole('heading', { level: 1 })).toHaveText('Sign in')

  // Nobody touches the page: it notices by itself.
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Sign in', { timeout: 60_000 })
  await page.getByRole('link', { name: 'Go on to sign in' }).click()
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('People')
  expect(await addressOf(page)).toBe(place)
})

test('who was about to change very many is brought back to the page, however long its address is', async ({ page }) => {
  const chosen = Array.from({ length: 60 }, (_, place) => `add=email:p${String(place)}@${world.slug}.example`)
  await page.goto(within(`/seats/change?${chosen.join('&')}`))
  await page.getByRole('link', { name: 'Go on to sign in' }).click()
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Change seats')
})
