import { expect, expectAccessible, signInAs, test } from './support/journey'
import { Operator } from './support/operator'
import { makePrivateList } from './support/parking'
import { makeWorld } from './support/world'

test('an operator tries a price: 270 seats cost 62 800, tier by tier', async ({ page }) => {
  await signInAs(page, 'operator', '/operator/price-lists')
  await expect(page.getByText('Seats 1–100: RUB 258 each').first()).toBeVisible()
  await expectAccessible(page, 'operator-price-lists')
  await page.goto('/operator/price-lists?view=quote&month=2021-06')
  await page.getByRole('textbox', { name: 'Seats' }).fill('270')
  await expect(page.getByText('RUB 62,800')).toBeVisible()
  for (const amount of ['RUB 25,800', 'RUB 33,300', 'RUB 3,700', 'RUB 52,333.33', 'RUB 10,466.67']) {
    await expect(page.getByText(amount)).toBeVisible()
  }
  await expectAccessible(page, 'operator-quote')
})

test('an operator makes a private list, is refused at a tier, prices by it, and deletes it', async ({ page }) => {
  const name = `List ${crypto.randomUUID().slice(0, 8)}`
  await signInAs(page, 'operator', '/operator/price-lists')
  await page.getByRole('button', { name: 'New price list' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('textbox', { name: 'Name' }).fill(name)
  await dialog.getByLabel('From').fill('2026-01')
  await dialog.getByRole('textbox', { name: 'Tier 1: up to seat' }).fill('10')
  await dialog.getByRole('textbox', { name: 'Tier 1: price of a seat' }).fill('cheap')
  await dialog.getByRole('button', { name: 'Add a tier' }).click()
  await dialog.getByRole('textbox', { name: 'Tier 2: price of a seat' }).fill('99,50')
  await dialog.getByRole('button', { name: 'Create' }).click()
  await expect(dialog.getByText('This is not an amount: write it like 1548.50.')).toBeVisible()
  await expectAccessible(page, 'operator-price-list-new')
  await dialog.getByRole('textbox', { name: 'Tier 1: price of a seat' }).fill('100.25')
  await dialog.getByRole('button', { name: 'Create' }).click()
  await expect(page.getByRole('heading', { name })).toBeVisible()
  const { priceLists } = await new Operator().ask<{ priceLists: { id: string; name: string }[] }>(
    '{ priceLists { id name } }',
  )
  const id = priceLists.find((one) => one.name === name)?.id ?? ''
  await page.goto(`/operator/price-lists?view=quote&seats=12&list=${encodeURIComponent(id)}`)
  await expect(page.getByText('RUB 1,201.50', { exact: true })).toBeVisible() // 10 × 100.25 + 2 × 99.50

  await page.goto('/operator/price-lists')
  await page.getByRole('button', { name: `Delete the list: ${name}` }).click()
  await dialog.getByRole('textbox').fill(name)
  await dialog.getByRole('button', { name: 'Delete the list' }).click()
  await expect(page.getByRole('heading', { name })).toHaveCount(0)
})

test('a list that is used is not offered to be deleted, and one that was meanwhile is refused where it was asked', async ({
  page,
}) => {
  const world = await makeWorld({ people: 1 })
  const name = `Used ${world.slug}`
  const priceListId = await makePrivateList(name)
  await signInAs(page, 'operator', '/operator/price-lists')
  const card = page.getByRole('region', { name })
  await card.getByRole('button', { name: 'Delete the list' }).click()
  await world.operator.change(
    'contractSet',
    { organizationId: world.id, seatLimit: 10, priceListId, fromMonth: '2026-03' },
    'organization { id }',
  )
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('textbox').fill(name)
  await dialog.getByRole('button', { name: 'Delete the list' }).click()
  await expect(dialog.getByRole('alert')).toContainText('something names it')
  await page.keyboard.press('Escape')
  await page.reload()
  await expect(card.getByText(/^It is used: /)).toBeVisible()
  await expect(card.getByRole('button')).toHaveCount(0)
  await expect(page.getByText('It is in force, so it stays.').first()).toBeVisible()
})

test('an operator makes a rate of VAT and takes it back, and says who invoices are from', async ({ page }) => {
  await signInAs(page, 'operator', '/operator/price-lists')
  await page.goto('/operator/price-lists?view=vat')
  await page.getByRole('button', { name: 'New rate' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('First day').fill('2098-01-01')
  await dialog.getByRole('textbox', { name: 'Rate, percent' }).fill('23,5')
  await dialog.getByRole('button', { name: 'New rate' }).click()
  await expect(page.getByRole('row', { name: /1 January 2098/ })).toContainText('23.5')
  await expectAccessible(page, 'operator-vat')
  await page.getByRole('button', { name: 'Delete the rate: 2098-01-01' }).click()
  await dialog.getByRole('button', { name: 'Delete the rate' }).click()
  await expect(page.getByRole('row', { name: /1 January 2098/ })).toHaveCount(0)

  await page.getByRole('link', { name: 'Issuer', exact: true }).click()
  await page.getByRole('button', { name: 'Change the issuer' }).click()
  await dialog.getByRole('textbox', { name: 'Address' }).fill('Moscow, Arbat 2')
  await dialog.getByRole('button', { name: 'Change the issuer' }).click()
  await expect(page.getByText('Moscow, Arbat 2')).toBeVisible()
  await expectAccessible(page, 'operator-issuer')
})

test('an operator makes a promo code, is refused at the percentage, and disables it', async ({ page }) => {
  const code = `j${crypto.randomUUID().slice(0, 8)}`
  await signInAs(page, 'operator', '/operator/promo-codes')
  await page.getByRole('button', { name: 'New promo code' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('textbox', { name: 'Code' }).fill(code)
  await dialog.getByRole('textbox', { name: 'Percent off' }).fill('120')
  await dialog.getByRole('button', { name: 'Create' }).click()
  await expect(dialog.getByRole('alert')).toBeVisible()
  await dialog.getByRole('textbox', { name: 'Percent off' }).fill('12.5')
  await expect(dialog.getByText('Empty: any time. Time zone: Europe/Moscow.')).toBeVisible()
  await dialog.getByLabel('Redeem by').fill('2098-12-31T23:59')
  await dialog.getByRole('button', { name: 'Create' }).click()
  const row = page.getByRole('row', { name: new RegExp(code, 'i') })
  await expect(row).toContainText('31 Dec 2098, 23:59 GMT+3')
  await expect(row).toContainText('12.5')
  await page.getByRole('button', { name: new RegExp(`Disable the code: ${code}`, 'i') }).click()
  await dialog.getByRole('button', { name: 'Disable the code' }).click()
  await expect(row).toContainText('Disabled')
  await expectAccessible(page, 'operator-promo-codes')
})

test('an operator makes a partner’s key, sees its secret once, rotates and revokes it', async ({ page }) => {
  const world = await makeWorld({ isTrialOver: false, people: 1 })
  const name = `Partner ${world.slug}`
  await signInAs(page, 'operator', '/operator/partner-keys')
  await page.getByRole('button', { name: 'New partner key' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('textbox', { name: 'Name' }).fill(name)
  await dialog.getByRole('textbox', { name: 'Organizations' }).fill('no-such-organization')
  await dialog.getByRole('button', { name: 'Create' }).click()
  await expect(dialog.getByText('There is no organization no-such-organization.')).toBeVisible()
  await dialog.getByRole('textbox', { name: 'Organizations' }).fill(world.slug)
  await dialog.getByRole('button', { name: 'Create' }).click()
  const secret = (await dialog.getByTestId('secret').textContent()) ?? ''
  const seen = await new Operator()
    .as(secret)
    .ask<{ organizations: { nodes: { slug: string }[] } }>('{ organizations { nodes { slug } } }')
  expect(seen.organizations.nodes.map((one) => one.slug)).toEqual([world.slug])
  await dialog.getByRole('button', { name: 'I have kept it' }).click()
  await expect(page.getByText(secret)).toHaveCount(0)

  await page.getByRole('button', { name: `Rotate: ${name}` }).click()
  await dialog.getByRole('button', { name: 'Rotate' }).click()
  await expect(dialog.getByTestId('secret')).not.toHaveText(secret)
  await dialog.getByRole('button', { name: 'I have kept it' }).click()
  const row = page.getByRole('row', { name: new RegExp(name) })
  await expect(row).toContainText('Works, with 2 secrets')
  await expectAccessible(page, 'operator-partner-keys')

  await page.getByRole('button', { name: `Edit: ${name}` }).click()
  await dialog.getByRole('textbox', { name: 'Name' }).fill(`${name} Ltd`)
  await dialog.getByText('Record payments').click()
  await dialog.getByRole('button', { name: 'Edit' }).click()
  await expect(page.getByRole('row', { name: new RegExp(`${name} Ltd`) })).toBeVisible()
  await expect(dialog).toHaveCount(0)
  await page.getByRole('button', { name: `Revoke: ${name} Ltd` }).click()
  await dialog.getByRole('textbox').fill(`${name} Ltd`)
  await dialog.getByRole('button', { name: 'Revoke' }).click()
  await expect(row).toContainText('Revoked')
})

test('the operator’s pages speak Russian, and fit a narrow screen', async ({ page }) => {
  await signInAs(page, 'operator', '/operator')
  await page.evaluate(() => {
    localStorage.setItem('seatmark.language', 'ru')
  })
  await page.setViewportSize({ width: 400, height: 860 })
  await page.goto('/operator/price-lists')
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Прайс-листы')
  await expectAccessible(page, 'operator-russian-narrow')
})
