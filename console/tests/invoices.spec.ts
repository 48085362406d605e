import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { promisify } from 'node:util'

import type { Page } from '@playwright/test'

import { SEATMARK } from './support/installation'
import { JANUARY, makeJanuary, pay } from './support/january'
import { expect, expectAccessible, signInAs, test } from './support/journey'
import { lastInvoice } from './support/world'

/** What the browser saves when somebody follows a link. */
async function saved(page: Page, link: string): Promise<{ name: string; path: string; bytes: Buffer }> {
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('link', { name: link, exact: true }).click(),
  ])
  const path = await download.path()
  return { name: download.suggestedFilename(), path, bytes: await readFile(path) }
}

test('an invoice explains itself down to the moment of the peak, and proves itself', async ({ page }) => {
  const world = await makeJanuary({ hasDepartments: true })
  const { number } = await lastInvoice(world)
  await signInAs(page, 'billing', `/o/${world.slug}/invoices`)
  const row = page.getByRole('row').filter({ hasText: number })
  await expect(row).toContainText('January 2021')
  await expect(row).toContainText('270')
  await expect(row).toContainText('RUB 62,800')
  await expect(row).toContainText('To be paid')
  await expectAccessible(page, 'invoices')

  await row.getByRole('link', { name: number }).click()
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(`Invoice ${number}`)
  for (const sentence of [
    `270 seats were held from ${JANUARY.peak} GMT+3 on, the most at once in January 2021.`,
    'What raised it: 25 subscriptions were made. It was done by operator',
    'With more than 5 seats, every seat is charged.',
    'Seats 1–100: 100 × RUB 258 = RUB 25,800.',
    'Seats 101–250: 150 × RUB 222 = RUB 33,300.',
    'Seats 251–270: 20 × RUB 185 = RUB 3,700.',
    'Total RUB 62,800: RUB 52,333.33 + RUB 10,466.67 VAT at 20 %, inside it.',
  ]) {
    await expect(page.getByText(sentence)).toBeVisible()
  }
  await expect(page.getByText('Peak: 270 seats, 12 Jan 2021, 10:30')).toBeVisible()
  await expect(page.getByRole('table', { name: 'Whose cost it is' }).getByRole('row', { name: /Sales/ })).toContainText(
    'RUB 23,259.26',
  )
  await expect(page.getByText('Identical', { exact: true })).toBeVisible()
  await expect(page.getByText(/^[0-9a-f]{64}$/)).toBeVisible()
  await expectAccessible(page, 'invoice')

  await page.getByRole('button', { name: 'Who held the 270 seats' }).click()
  await expect(
    page
      .getByRole('dialog')
      .getByRole('link', { name: /^Person 00/ })
      .first(),
  ).toBeVisible()
  await page.keyboard.press('Escape')
})

test('papers of an invoice are saved in both languages, and so is the evidence', async ({ page }) => {
  const world = await makeJanuary()
  const { id, number } = await lastInvoice(world)
  await signInAs(page, 'billing', `/o/${world.slug}/invoices/${encodeURIComponent(id)}`)
  const english = await saved(page, 'PDF in English')
  const russian = await saved(page, 'PDF in Russian')
  for (const { name, bytes } of [english, russian]) {
    expect(name).toContain('.pdf')
    expect(bytes.subarray(0, 5).toString()).toBe('%PDF-')
  }
  expect(english.bytes.equals(russian.bytes)).toBe(false)
  const evidence = await saved(page, 'Save the evidence file')
  expect(evidence.name).toContain('.json')
  const told = JSON.parse(evidence.bytes.toString()) as { invoice: { number: string; total: string } }
  expect(told.invoice.number).toBe(number)
  expect(told.invoice.total).toBe('62800.00')
  const verified = await promisify(execFile)(SEATMARK, ['verify', evidence.path])
  expect(verified.stdout).toContain('identical')
  await page.goto(`/o/${world.slug}/invoices`)
  const list = await saved(page, 'Save all as CSV')
  expect(list.bytes.toString()).toContain(number)
})

test('an invoice that is overdue says so, and is paid before one’s eyes', async ({ page }) => {
  const world = await makeJanuary({ until: '2021-02-20T09:00:00Z' })
  const { id, number } = await lastInvoice(world)
  await signInAs(page, 'billing', `/o/${world.slug}/invoices?state=OVERDUE`)
  await page.getByRole('link', { name: number }).click()
  await expect(page.getByText(`RUB 62,800 is still to be paid. Name invoice ${number} in the payment.`)).toBeVisible()
  await expect(page.getByText('Nothing was paid yet.')).toBeVisible()
  await expectAccessible(page, 'invoice-overdue')

  await pay(world, '62000.00', '2021-02-18T09:00:00Z', 'bank-1')
  const payments = page.getByRole('table', { name: 'What it was paid with' })
  await expect(payments.getByRole('row', { name: /bank-1/ })).toHaveText('bank-118 February 2021RUB 62,000', {
    timeout: 30_000,
  })
  await expect(page.getByText(`RUB 800 is still to be paid. Name invoice ${number} in the payment.`)).toBeVisible()
  await pay(world, '800.00', '2021-02-19T09:00:00Z', 'bank-2')
  await expect(payments.getByRole('row', { name: /bank-2/ })).toBeVisible({ timeout: 30_000 })
  await expect(page.getByText('Overdue')).toHaveCount(0)
  await expect(page.getByText('Paid', { exact: true }).first()).toBeVisible()

  await page.goto(`/o/${world.slug}/invoices?state=OVERDUE`)
  await expect(page.getByText('No invoice', { exact: true })).toBeVisible()
  await page.goto(`/o/${world.slug}/invoices?state=PAID&from=2021-01&to=2021-01`)
  await expect(page.getByRole('link', { name: number })).toHaveAttribute('href', new RegExp(encodeURIComponent(id)))
})

test('every month is there, also those without an invoice, and with why', async ({ page }) => {
  const world = await makeJanuary()
  await signInAs(page, 'billing', `/o/${world.slug}/invoices?view=months`)
  const december = page.getByRole('row').filter({ hasText: 'December 2020' })
  await expect(december).toContainText('There was nothing to pay.')
  await expect(december).toContainText('RUB 0')
  await expect(page.getByRole('row').filter({ hasText: 'January 2021' })).toContainText('RUB 62,800')
  await expectAccessible(page, 'statements')
})

test('in Russian an invoice explains itself in Russian', async ({ page }) => {
  const world = await makeJanuary()
  const { id, number } = await lastInvoice(world)
  await signInAs(page, 'billing', `/o/${world.slug}/invoices/${encodeURIComponent(id)}`)
  await page.getByRole('button', { name: 'Language' }).click()
  await page.getByRole('menuitemradio', { name: 'Русский' }).click()
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(`Счёт № ${number}`)
  await expect(page.getByText('Что подняло максимум: оформлено 25 подписок.')).toBeVisible()
  await expect(page.getByText(/Места 101–250: 150 × 222\s₽ = 33\s300\s₽\./)).toBeVisible()
  await expect(
    page.getByText(/Итого 62\s800\s₽: 52\s333,33\s₽ \+ НДС 10\s466,67\s₽ по ставке 20\s%, в том числе\./),
  ).toBeVisible()
  await expectAccessible(page, 'invoice-ru')
  await page.setViewportSize({ width: 400, height: 900 })
  await expectAccessible(page, 'invoice-narrow')
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)
  expect(overflow).toBeLessThanOrEqual(0)
})
