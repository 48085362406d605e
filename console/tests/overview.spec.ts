import { makeJanuary } from './support/january'
import { expect, expectAccessible, signInAs, test } from './support/journey'
import { Operator } from './support/operator'
import { lastInvoice, makeWorld, PEOPLE, people, subscribe } from './support/world'

test('an owner sees at a glance what seats there are and what the month will cost', async ({ page }) => {
  const world = await makeWorld()
  await subscribe(world, people(world, 6))
  await signInAs(page, 'owner', `/o/${world.slug}`)
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(/Journey/)
  const month = page.getByRole('region', { name: 'February 2026' })
  await expect(month).toContainText(/Peak so far6.*So farRUB\s1,548.*If nothing changesRUB\s1,548/)
  await expect(month.getByRole('link', { name: 'Step by step' })).toHaveAttribute('href', /month=2026-02/)
  await expect(page.getByRole('region', { name: 'The next seat' })).toContainText('RUB 258')
  await expect(page.getByRole('region', { name: 'How far it is' })).toContainText('94 seats')
  await expectAccessible(page, 'overview')
})

test('the cliff at the sixth seat is seen from five, and that nobody pays yet', async ({ page }) => {
  const world = await makeWorld({ hasProfile: false })
  await subscribe(world, people(world, 4))
  await signInAs(page, 'owner', `/o/${world.slug}`)
  await expect(page.getByText('With 2 more seats every seat is charged: RUB 1,548 in February 2026.')).toBeVisible()
  await expect(page.getByRole('region', { name: 'February 2026' })).toContainText('So farRUB 0')
  await expect(page.getByText('To 5 seats, the most without a payer')).toBeVisible()
  await page.getByRole('link', { name: 'Say who pays' }).click()
  await expect(page).toHaveURL(new RegExp(`/o/${world.slug}/account\\?edit=payer$`))
  await expect(page.getByRole('button', { name: /Kind of payer$/ })).toBeFocused()
})

test('in the trial the days left are counted, and after it those until the data are deleted', async ({ page }) => {
  const [trying, late] = [await makeWorld({ isTrialOver: false }), await makeWorld()]
  await signInAs(page, 'owner', `/o/${trying.slug}`)
  await expect(page.getByRole('region', { name: 'Trial', exact: true })).toContainText('30 days')
  await expect(page.getByText(/^until .* GMT\+3$/)).toBeVisible()
  await expect(page.getByText('Nobody is subscribed', { exact: true })).toBeVisible()
  await expectAccessible(page, 'overview-trial')
  await page.goto(`/o/${late.slug}`)
  await expect(page.getByRole('region', { name: 'Deletion of the data' })).toContainText('20 days')
  await page.getByRole('region', { name: 'What to do next' }).getByRole('link', { name: 'Subscribe somebody' }).click()
  await expect(page).toHaveURL(new RegExp(`/o/${late.slug}/seats/change$`))
})

test('a tracker that was never activated is activated here', async ({ page }) => {
  const operator = new Operator()
  const slug = `new-${crypto.randomUUID().slice(0, 8)}`
  const { testClock } = await operator.change<{ testClock: { id: string } }>(
    'testClockCreate',
    { now: '2026-01-01T09:00:00Z' },
    'testClock { id }',
  )
  await operator.change(
    'organizationCreate',
    {
      name: 'Brand new',
      slug,
      owner: { email: PEOPLE.owner.email, name: PEOPLE.owner.name },
      testClockId: testClock.id,
    },
    'organization { id }',
  )
  await signInAs(page, 'owner', `/o/${slug}`)
  await expectAccessible(page, 'overview-new')
  await page.getByRole('button', { name: 'Activate the tracker' }).click()
  await expect(page.getByRole('region', { name: 'Trial', exact: true })).toContainText('30 days')
})

test('the overview in Russian, and on a narrow screen', async ({ page }) => {
  const world = await makeWorld()
  await subscribe(world, people(world, 5))
  await signInAs(page, 'owner', `/o/${world.slug}`)
  await page.getByRole('button', { name: 'Language' }).click()
  await page.getByRole('menuitemradio', { name: 'Русский' }).click()
  await expect(page.getByText('Ещё 1 место — и оплачивается каждое: 1 548 ₽ (февраль 2026).')).toBeVisible()
  await expectAccessible(page, 'overview-russian')
  await page.setViewportSize({ width: 400, height: 800 })
  await expectAccessible(page, 'overview-narrow')
})

test('an invoice that is to be paid is told with its day, and is one press away', async ({ page }) => {
  const world = await makeJanuary()
  const { number } = await lastInvoice(world)
  await signInAs(page, 'billing', `/o/${world.slug}`)
  await expect(page.getByText(`Invoice ${number} is due on 16 February 2021`)).toBeVisible()
  await expect(page.getByText('RUB 62,800 is still to be paid of it.')).toBeVisible()
  await expectAccessible(page, 'overview-invoice-due')
  await page.getByRole('link', { name: 'See the invoice' }).click()
  await expect(page.getByRole('heading', { level: 1 })).toContainText(number)
})

test('an invoice that is overdue is one press away', async ({ page }) => {
  const world = await makeJanuary({ until: '2021-02-20T09:00:00Z' })
  const { number } = await lastInvoice(world)
  await signInAs(page, 'billing', `/o/${world.slug}`)
  await expect(page.getByText('An invoice is overdue')).toBeVisible()
  await page.getByRole('link', { name: 'See the invoices' }).click()
  await expect(page.getByRole('heading', { level: 1 })).toContainText(number)
})

test('a member without rights is led to their own access', async ({ page }) => {
  const world = await makeWorld()
  await signInAs(page, 'member', `/o/${world.slug}/access`)
  await page.goto(`/o/${world.slug}`)
  await expect(page).toHaveURL(new RegExp(`/o/${world.slug}/access$`))
})
