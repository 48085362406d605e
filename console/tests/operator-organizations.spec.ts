import { expect, expectAccessible, signInAs, test } from './support/journey'
import { advance, invite, makeWorld, memberIdOf, PEOPLE, people, subscribe, type World } from './support/world'

/** Six seats in February 2026, billed on 10 March: 6 × 258 = 1 548. */
async function makeBilled(): Promise<World> {
  const world = await makeWorld()
  await subscribe(world, people(world, 6))
  await advance(world, '2026-03-10T09:00:00Z')
  return world
}

test('an owner who opens the operator’s pages finds nothing', async ({ page }) => {
  const world = await makeWorld({ isTrialOver: false })
  await signInAs(page, 'owner', `/o/${world.slug}/access`)
  for (const place of ['', '/jobs', '/price-lists', '/clocks', '/partner-keys', `/organizations/${world.slug}`]) {
    await page.goto(`/operator${place}`)
    await expect(page.getByText('There is nothing at this address, or it is not yours to see.')).toBeVisible()
    await expect(page.getByRole('navigation')).toHaveCount(0)
  }
})

test('an operator finds an organization, filters, and makes one that is refused at its field first', async ({
  page,
}) => {
  const world = await makeWorld({ isTrialOver: false })
  await signInAs(page, 'operator', '/operator')
  await page.getByRole('searchbox', { name: 'Search' }).fill(world.slug)
  await expect(page.getByText('1 organization', { exact: true })).toBeVisible()
  await page.reload()
  await expect(page.getByText('1 organization', { exact: true })).toBeVisible()
  await expectAccessible(page, 'operator-organizations')
  await page
    .getByRole('button', { name: /Any State|State/ })
    .first()
    .click()
  await page.getByRole('option', { name: 'Closed' }).click()
  await expect(page.getByText('No organization is like this')).toBeVisible()

  await page.getByRole('button', { name: 'New organization' }).click()
  const dialog = page.getByRole('dialog')
  const slug = `made-${crypto.randomUUID().slice(0, 8)}`
  await dialog.getByRole('textbox', { name: 'Name', exact: true }).fill('Made here')
  await dialog.getByRole('textbox', { name: 'Slug' }).fill(world.slug)
  await dialog.getByRole('textbox', { name: 'Owner’s name' }).fill('Oscar Owner')
  await dialog.getByRole('textbox', { name: 'Owner’s e-mail address' }).fill(`oscar@${slug}.example`)
  await dialog.getByRole('button', { name: 'Create' }).click()
  await expect(dialog.getByRole('alert')).toContainText('There is one already.')
  await expectAccessible(page, 'operator-organization-new')
  await dialog.getByRole('textbox', { name: 'Slug' }).fill(slug)
  await dialog.getByRole('button', { name: 'Create' }).click()
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Made here')
  await expect(page.getByText('Not activated', { exact: true })).toBeVisible()
})

test('an operator extends a trial, holds an organization, and sees what a deletion would take', async ({ page }) => {
  const world = await makeWorld({ isTrialOver: false })
  await signInAs(page, 'operator', `/operator/organizations/${world.slug}`)
  await expect(page.getByText('31 Jan 2026, 12:00').first()).toBeVisible()
  await expectAccessible(page, 'operator-organization')
  await page.getByRole('button', { name: 'Extend the trial' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('Ends then').fill('2026-02-14T12:00')
  await dialog.getByRole('button', { name: 'Extend the trial' }).click()
  await expect(page.getByText('14 Feb 2026, 12:00').first()).toBeVisible()

  await page.getByRole('link', { name: 'Hold and deletion' }).click()
  await page.getByRole('button', { name: 'Set a legal hold' }).click()
  await dialog.getByRole('textbox', { name: 'Reason' }).fill('Case 17')
  await dialog.getByRole('button', { name: 'Set a legal hold' }).click()
  await expect(page.getByText('Case 17')).toBeVisible()
  await expect(page.getByText('There is a legal hold.')).toBeVisible()
  await expectAccessible(page, 'operator-deletion')
  await page.getByRole('button', { name: 'Lift the legal hold' }).click()
  await dialog.getByRole('button', { name: 'Lift the legal hold' }).click()
  await expect(dialog.getByText('This is not what is asked for.')).toBeVisible()
  await dialog.getByRole('textbox').fill(world.slug)
  await dialog.getByRole('button', { name: 'Lift the legal hold' }).click()
  await expect(page.getByText('Nothing keeps its data from being deleted when they are due.')).toBeVisible()

  await page.getByRole('link', { name: 'Open its own pages' }).click()
  await expect(page).toHaveURL(new RegExp(`/o/${world.slug}$`))
})

test('an operator records and reverses a payment, credits an invoice and replaces it, to the kopeck', async ({
  page,
}) => {
  const world = await makeBilled()
  await signInAs(page, 'operator', `/operator/organizations/${world.slug}`)
  const dialog = page.getByRole('dialog')
  await page.getByRole('link', { name: 'Payments' }).click()
  await page.getByRole('button', { name: 'Record a payment' }).click()
  await dialog.getByRole('textbox', { name: 'Amount, RUB' }).fill('ten')
  await dialog.getByRole('textbox', { name: 'Reference' }).fill('bank-1')
  await dialog.getByRole('button', { name: 'Record a payment' }).click()
  await expect(dialog.getByText('This is not an amount: write it like 1548.50.')).toBeVisible()
  await dialog.getByRole('textbox', { name: 'Amount, RUB' }).fill('548,25')
  await dialog.getByRole('button', { name: 'Record a payment' }).click()
  await expect(page.getByRole('row', { name: /bank-1/ })).toContainText('RUB 548.25')
  await expectAccessible(page, 'operator-payments')

  await page.getByRole('link', { name: 'Invoices' }).click()
  const invoice = page.getByRole('row').filter({ hasText: 'February 2026' }).first()
  await expect(invoice).toContainText('RUB 1,548')
  await expect(invoice).toContainText('RUB 999.75')
  await expectAccessible(page, 'operator-invoices')

  await page.getByRole('link', { name: 'Payments' }).click()
  await page.getByRole('button', { name: 'Reverse the payment: bank-1' }).click()
  await dialog.getByRole('textbox', { name: 'Reason' }).fill('Not ours')
  await dialog.getByRole('button', { name: 'Reverse the payment' }).click()
  await expect(page.getByRole('row', { name: /bank-1/ })).toContainText('Reversed Not ours')

  await page.getByRole('link', { name: 'Invoices' }).click()
  await page.getByRole('button', { name: /^Credit note: / }).click()
  await dialog.getByRole('textbox', { name: 'Amount, RUB' }).fill('48.01')
  await dialog.getByRole('textbox', { name: 'Reason' }).fill('Goodwill')
  await dialog.getByRole('button', { name: 'Issue the credit note' }).click()
  await expect(invoice).toContainText('RUB 48.01')
  await expect(invoice).toContainText('RUB 1,499.99')

  await page.getByRole('button', { name: /^Replace the invoice: / }).click()
  const number = (await dialog.getByLabel(/to confirm/).evaluate((one) => one.closest('div')?.textContent ?? '')).match(
    /\d{4}-\d{6}/,
  )?.[0]
  await dialog.getByRole('textbox', { name: 'Reason' }).fill('Wrong payer')
  await dialog.getByLabel(/to confirm/).fill(number ?? '')
  await dialog.getByRole('button', { name: 'Replace the invoice' }).click()
  await expect(page.getByText(/^Replaced by \d{4}-\d{6}$/)).toBeVisible()
})

test('an operator records a contract and a baseline, and verifies the audit chain', async ({ page }) => {
  const world = await makeWorld()
  await signInAs(page, 'operator', `/operator/organizations/${world.slug}`)
  const dialog = page.getByRole('dialog')
  await page.getByRole('link', { name: 'Contract and baseline' }).click()
  await page.getByRole('button', { name: 'Record a contract' }).click()
  await dialog.getByRole('textbox', { name: 'Seat limit' }).fill('750')
  await dialog.getByLabel('From').fill('2026-01')
  await dialog.getByRole('button', { name: 'Record a contract' }).click()
  await expect(dialog.getByRole('alert')).toBeVisible()
  await dialog.getByLabel('From').fill('2026-02')
  await dialog.getByRole('button', { name: 'Record a contract' }).click()
  await expect(page.getByRole('row', { name: /February 2026/ })).toContainText('750')
  await expectAccessible(page, 'operator-terms')
  await page.getByRole('button', { name: 'Set the baseline' }).click()
  await dialog.getByRole('button', { name: 'Set the baseline' }).click()
  await expect(dialog).toHaveCount(0)
  const card = page.getByRole('region', { name: 'Individual baseline' })
  await expect(card).toContainText('Public list of October 2020')
  await expect(card).toContainText('10 Feb 2026, 12:00')

  await page.getByRole('link', { name: 'Audit log' }).click()
  await page.getByRole('button', { name: 'Verify the chain' }).click()
  await expect(page.getByText(/The chain is intact: \d+ entries/)).toBeVisible()
  await page.getByRole('textbox', { name: 'Action' }).fill('contract.set')
  await expect(page.getByRole('button', { name: /^Details: / })).toHaveCount(1)
  await page.getByRole('button', { name: /^Details: / }).click()
  await expect(dialog).toContainText('750')
  await expectAccessible(page, 'operator-audit')
})

test('an operator looks for what one member did, by name, and a reload keeps whom', async ({ page }) => {
  const world = await makeWorld({ isTrialOver: false, people: 1 })
  const memberId = await memberIdOf(world, PEOPLE.owner.email)
  const { token } = await world.operator.change<{ token: string }>('sessionCreate', { memberId }, 'token')
  await invite({ ...world, operator: world.operator.as(token) }, [{ email: `new@${world.slug}.example`, name: 'New' }])
  await signInAs(page, 'operator', `/operator/organizations/${world.slug}?view=audit`)
  const details = page.getByRole('button', { name: /^Details: / })
  await expect(details.nth(3)).toBeVisible()
  await page.getByRole('combobox', { name: 'Who' }).fill('Olga')
  await page.getByRole('option', { name: PEOPLE.owner.name }).click()
  await expect(page.getByText('1 entry', { exact: true })).toBeVisible()
  await expect(details).toHaveCount(1)
  await page.reload()
  await expect(page.getByRole('combobox', { name: 'Who' })).toHaveValue(PEOPLE.owner.name)
  await expect(page.getByRole('row', { name: /members\.invited/ })).toContainText(PEOPLE.owner.name)
  await expectAccessible(page, 'operator-audit-member')
  await page.getByRole('combobox', { name: 'Who' }).fill('')
  await page.keyboard.press('Escape')
  await expect(details.nth(3)).toBeVisible()
})

test('an operator who looks for what nobody did, by a wrong id, is told so and finds the way back', async ({
  page,
}) => {
  const [world, other] = [await makeWorld({ people: 1 }), await makeWorld({ people: 1 })]
  await signInAs(page, 'operator', `/operator/organizations/${world.slug}?view=audit`)
  for (const id of ['nobody', world.id, await memberIdOf(other, PEOPLE.owner.email)]) {
    await page.goto(`/operator/organizations/${world.slug}?view=audit&member=${encodeURIComponent(id)}`)
    await expect(page.getByText('Nobody is here by this id')).toBeVisible()
    await expect(page.getByRole('button', { name: 'Try again' })).toHaveCount(0)
  }
  await expectAccessible(page, 'operator-audit-nobody')
  await page.getByRole('button', { name: 'Show what everybody did' }).click()
  await expect(page).toHaveURL(/view=audit$/)
  await expect(page.getByRole('button', { name: /^Details: / }).nth(3)).toBeVisible()
  await expect(page.getByRole('combobox', { name: 'Who' })).toHaveValue('')
})
