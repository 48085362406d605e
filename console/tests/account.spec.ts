import { readFile } from 'node:fs/promises'

import { JANUARY, makeJanuary, makeTrial, pay } from './support/january'
import { expect, expectAccessible, signInAs, test } from './support/journey'
import { PEOPLE, type World } from './support/world'

type Account = {
  profile: { legalName: string; taxNumber: string } | null
  promoCode: { monthsLeft: number } | null
}

/** What an operator sees of the account: whether anything was really changed. */
async function accountOf(world: World): Promise<Account> {
  const { organization } = await world.operator.ask<{ organization: { billing: Account } }>(
    'query($id: ID!) { organization(id: $id) { billing { profile { legalName taxNumber } promoCode { monthsLeft } } } }',
    { id: world.id },
  )
  return organization.billing
}

test('who pays is said in a form that tells at each input what is wrong', async ({ page }) => {
  const world = await makeTrial()
  await signInAs(page, 'billing', `/o/${world.slug}/account`)
  await page.getByRole('button', { name: 'Say who pays' }).click()
  const form = page.getByRole('form', { name: 'Who pays' })
  await form.getByRole('textbox', { name: 'Legal name' }).fill('OOO Vasilek')
  await form.getByRole('button', { name: 'Save' }).click()
  await expect(form.getByText('The agreement must be accepted.')).toBeVisible()
  expect((await accountOf(world)).profile).toBeNull()

  await form.getByText('I accept the user agreement for the payer.').click()
  await form.getByRole('textbox', { name: 'Tax number' }).fill('—')
  await form.getByRole('button', { name: 'Save' }).click()
  await expect(form.getByRole('textbox', { name: 'Tax number' })).toHaveAccessibleDescription(
    'The tax number has at least one letter or digit.',
  )
  await expectAccessible(page, 'account-payer-wrong')
  await form.getByRole('textbox', { name: 'Tax number' }).fill('7705551234')
  await form.getByRole('textbox', { name: 'Postal address' }).fill('Moscow, Arbat 1')
  await form.getByRole('textbox', { name: 'Bank details' }).fill('BIK 044525225')
  await form.getByRole('textbox', { name: 'E-mail for invoices' }).fill('nobody')
  await form.getByRole('button', { name: 'Save' }).click()
  await expect(form.getByRole('textbox', { name: 'E-mail for invoices' })).toHaveAccessibleDescription(
    /'nobody' is not an e-mail address\./,
  )
  expect((await accountOf(world)).profile).toBeNull()
  await form.getByRole('textbox', { name: 'E-mail for invoices' }).fill('pay@vasilek.example')
  await form.getByRole('button', { name: 'Save' }).click()
  await expect(page.getByText('It is saved.')).toBeVisible()
  await expect(page.getByText('OOO Vasilek')).toBeVisible()
  await expect(page.getByText('The agreement of 2020-10 was accepted on')).toBeVisible()
  expect((await accountOf(world)).profile).toEqual({ legalName: 'OOO Vasilek', taxNumber: '7705551234' })
})

test('a promo code is looked at first and redeemed then; a wrong one is refused at its input', async ({ page }) => {
  const world = await makeJanuary({ until: JANUARY.falls })
  const code = `TEN${crypto.randomUUID().slice(0, 8).toUpperCase()}`
  await world.operator.change('promoCodeCreate', { code, percent: '10', periods: 3 }, 'promoCode { id }')
  await signInAs(page, 'billing', `/o/${world.slug}/account`)
  const input = page.getByRole('textbox', { name: 'Code' })
  await input.fill('NO-SUCH-CODE')
  await page.getByRole('button', { name: 'What would it save?' }).click()
  await expect(input).toHaveAccessibleDescription('There is no such promo code.')
  await expect(page.getByRole('button', { name: 'Redeem it' })).toHaveCount(0)

  await input.fill(code)
  await page.getByRole('button', { name: 'What would it save?' }).click()
  const impact = page.getByRole('table', { name: 'What the months cost without and with the code' })
  await expect(impact.getByRole('row')).toHaveText([
    'MonthWithout itWith it',
    'January 2021RUB 62,800RUB 56,520',
    'February 2021RUB 60,950RUB 54,855',
  ])
  expect((await accountOf(world)).promoCode).toBeNull()
  await expectAccessible(page, 'account-promo')
  await page.getByRole('button', { name: 'Redeem it' }).click()
  await expect(page.getByText('3 months with something due, of 3')).toBeVisible()
  await expect(page.getByText('10 % off')).toBeVisible()
  expect((await accountOf(world)).promoCode).toEqual({ monthsLeft: 3 })
  await page.goto(`/o/${world.slug}/billing`)
  await expect(page.getByRole('row', { name: /Promo code/ })).toContainText('RUB 6,280')
  await expect(page.getByRole('row', { name: /^Total/ }).first()).toHaveText('TotalRUB 56,520')
})

test('payments, the balance and what is overdue are told, and saved on paper and as lists', async ({ page }) => {
  const world = await makeJanuary({ until: '2021-02-20T09:00:00Z' })
  await signInAs(page, 'billing', `/o/${world.slug}/account`)
  const figures = page.getByRole('definition')
  await expect(figures.filter({ hasText: '-RUB 62,800' })).toContainText('So much is due to us.')
  await expect(figures.filter({ hasText: 'to be paid at once' })).toContainText('RUB 62,800')
  await expect(figures.filter({ hasText: 'when the month closes' })).toContainText('1 March 2021')
  await expect(page.getByText('No payment yet')).toBeVisible()

  const { payment } = await pay(world, '70000.00', '2021-02-18T09:00:00Z', 'bank-7')
  const row = page.getByRole('row').filter({ hasText: 'bank-7' })
  await expect(row).toContainText('RUB 70,000', { timeout: 30_000 })
  await expect(row.getByRole('link', { name: /^2021-|^T/ })).toBeVisible()
  await expect(figures.filter({ hasText: 'So much was paid ahead.' })).toContainText('RUB 7,200')
  await expectAccessible(page, 'account')
  await page.setViewportSize({ width: 400, height: 900 })
  await expectAccessible(page, 'account-narrow')
  expect(await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)).toBeLessThanOrEqual(0)
  await page.setViewportSize({ width: 1280, height: 900 })
  await world.operator.change('paymentReverse', { paymentId: payment.id, reason: 'It bounced' }, 'payment { id }')
  await expect(row).toContainText('Taken back', { timeout: 30_000 })
  await expect(row).toContainText('It bounced')

  for (const [link, start] of [
    ['PDF in English', '%PDF-'],
    ['PDF in Russian', '%PDF-'],
    ['Payments as CSV', ''],
  ] as const) {
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('link', { name: link, exact: true }).click(),
    ])
    const bytes = await readFile(await download.path())
    expect(bytes.subarray(0, start.length).toString()).toBe(start)
    if (start === '') expect(bytes.toString()).toContain('bank-7')
  }
})

test('a contract is asked for, and shown once it is recorded', async ({ page }) => {
  const world = await makeJanuary({ until: JANUARY.falls })
  await signInAs(page, 'billing', `/o/${world.slug}/account`)
  await page.getByRole('button', { name: 'Ask for a contract' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('textbox', { name: 'For how many seats' }).fill('many')
  await dialog.getByRole('button', { name: 'Send' }).click()
  await expect(dialog.getByRole('textbox', { name: 'For how many seats' })).toHaveAccessibleDescription(/such as 800/)
  await dialog.getByRole('textbox', { name: 'For how many seats' }).fill('800')
  await dialog.getByRole('button', { name: 'Send' }).click()
  await expect(dialog.getByRole('textbox', { name: 'What you want to tell us' })).toHaveAccessibleDescription(
    /Write something/,
  )
  await expectAccessible(page, 'account-contract')
  await dialog.getByRole('textbox', { name: 'What you want to tell us' }).fill('We grow.')
  await dialog.getByRole('button', { name: 'Send' }).click()
  await expect(page.getByText('We have it, and will answer.')).toBeVisible()
  const { organization } = await world.operator.ask<{
    organization: { seatRequests: { nodes: { seats: number; code: string }[] } }
  }>('query($id: ID!) { organization(id: $id) { seatRequests { nodes { seats code } } } }', { id: world.id })
  expect(organization.seatRequests.nodes).toEqual([{ seats: 800, code: 'CONTRACT_REQUIRED' }])

  await world.operator.change(
    'contractSet',
    { organizationId: world.id, fromMonth: '2021-01', seatLimit: 800 },
    'organization { id }',
  )
  await expect(page.getByText('from January 2021 on')).toBeVisible({ timeout: 30_000 })
})

test('an admin reads the account and is told who can change it', async ({ page }) => {
  const world = await makeTrial()
  await world.operator.change(
    'memberUpdate',
    { memberId: world.memberIds[PEOPLE.member.email], role: 'ADMIN' },
    'member { id }',
  )
  await signInAs(page, 'member', `/o/${world.slug}/account`)
  await expect(page.getByText('You can see this and change nothing of it')).toBeVisible()
  await expect(page.getByText('Nobody has said who pays')).toBeVisible()
  await expect(page.getByRole('button', { name: 'Say who pays' })).toHaveCount(0)
  await expect(page.getByRole('textbox', { name: 'Code' })).toHaveCount(0)
})
