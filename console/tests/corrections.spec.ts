import { damage } from './support/database'
import { makeJanuary, pay } from './support/january'
import { expect, expectAccessible, signInAs, test } from './support/journey'
import { advance, lastInvoice, makeWorld, people, setProfile, subscribe, type World } from './support/world'

test('a billing manager sees a void invoice, its credit note, and the one in its place, and goes between them', async ({
  page,
}) => {
  const world = await makeJanuary()
  const before = await lastInvoice(world)
  await signInAs(page, 'billing', `/o/${world.slug}/invoices/${encodeURIComponent(before.id)}`)
  await expect(page.getByText('Nothing.', { exact: true })).toBeVisible()
  await world.operator.change(
    'invoiceReplace',
    { invoiceId: before.id, reason: 'The payer moved' },
    'creditNote { id }',
  )
  const after = await lastInvoice(world)
  await expect(page.getByText(`Invoice ${after.number} stands for this month now.`)).toBeVisible({ timeout: 30_000 })
  await expect(page.getByText('It was taken back in full and is not to be paid.')).toBeVisible()
  await expect(page.getByText('Void', { exact: true })).toBeVisible()
  await expect(page.getByRole('listitem').filter({ hasText: 'The payer moved' })).toContainText('RUB 62,800')
  await expect(page.getByText('Credited')).toBeVisible()
  await expectAccessible(page, 'invoice-void')

  await page.getByRole('link', { name: 'Look at it' }).click()
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(`Invoice ${after.number}`)
  await expect(page.getByText(`It stands in place of invoice ${before.number}.`)).toBeVisible()
  await expectAccessible(page, 'invoice-replacement')
  await pay(world, '62800.00', '2021-02-01T08:00:00Z')
  await expect(page.getByText('Paid', { exact: true }).first()).toBeVisible({ timeout: 30_000 })

  await page.goto(`/o/${world.slug}/invoices?state=VOID`)
  const row = page.getByRole('row').filter({ hasText: before.number })
  await expect(row).toContainText('RUB 0') // nothing of it is to be paid
  await expect(row).toContainText('Void')
  await expect(page.getByRole('row').filter({ hasText: after.number })).toHaveCount(0)
  await page.getByRole('link', { name: 'All months' }).click()
  await expect(page.getByRole('row', { name: /January 2021/ })).toContainText(after.number)
})

test('a part that is credited is told beside the invoice, and lowers what is to be paid', async ({ page }) => {
  const world = await makeJanuary()
  const { id } = await lastInvoice(world)
  await world.operator.change(
    'creditNoteIssue',
    { invoiceId: id, amount: '800', reason: 'Goodwill' },
    'creditNote { id }',
  )
  await signInAs(page, 'billing', `/o/${world.slug}/invoices/${encodeURIComponent(id)}`)
  const note = page.getByRole('listitem').filter({ hasText: 'Goodwill' })
  await expect(note).toContainText('RUB 800')
  await expect(note).toContainText('VAT in it: RUB 133.33 at 20 %')
  await expect(page.getByText('RUB 62,000', { exact: true })).toBeVisible()
  const [paper] = await Promise.all([
    page.waitForEvent('download'),
    note.getByRole('link', { name: 'PDF in English' }).click(),
  ])
  expect(paper.suggestedFilename()).toContain('.pdf')
  await expectAccessible(page, 'invoice-credited')
})

/** Six seats in February 2026 whose payer was lost before the month closed. */
async function makeParked(): Promise<World> {
  const world = await makeWorld()
  await subscribe(world, people(world, 6))
  await damage(
    `DELETE FROM billing_profiles WHERE organization_id = (SELECT id FROM organizations WHERE slug = '${world.slug}')`,
  )
  await advance(world, '2026-03-10T09:00:00Z')
  return world
}

test('a month that could not be billed is told to who pays, and closed by an operator once it can be', async ({
  page,
}) => {
  const world = await makeParked()
  await signInAs(page, 'billing', `/o/${world.slug}/invoices?view=months`)
  await expect(page.getByText('A month could not be billed')).toBeVisible()
  const month = page.getByRole('row', { name: /February 2026/ })
  await expect(month).toContainText('Waits for a person')
  await expectAccessible(page, 'month-parked')

  await signInAs(page, 'operator', `/operator/organizations/${world.slug}?view=invoices`)
  await expect(page.getByText('February 2026 could not be billed')).toBeVisible()
  await expectAccessible(page, 'operator-month-parked')
  const close = page.getByRole('button', { name: 'Close it again' })
  await close.click()
  await expect(page.getByText('The month still cannot be closed')).toBeVisible()
  await setProfile(world)
  await close.click()
  await expect(page.getByRole('row').filter({ hasText: 'February 2026' })).toContainText('RUB 1,548')
  await expect(page.getByText('could not be billed')).toHaveCount(0)

  await signInAs(page, 'billing', `/o/${world.slug}/invoices?view=months`)
  await expect(month).toContainText('Billed')
  await expect(month).toContainText('RUB 1,548')
})
