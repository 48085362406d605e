import { execFile } from 'node:child_process'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'

import type { Page } from '@playwright/test'

import { INSTALLATION, SEATMARK } from './support/installation'
import { makeJanuary, unsubscribe } from './support/january'
import { expect, expectAccessible, signInAs, test } from './support/journey'
import { emailOf, makeWorld, PEOPLE, subscribe } from './support/world'

/** What the server says is read to its end here: none of it may be in English. */
const ENGLISH = /\b(the|is|are|was|were|not|there|this|cannot|has|by)\b/i

async function inRussian(page: Page) {
  await page.addInitScript(() => {
    localStorage.setItem('seatmark.language', 'ru')
  })
}

/** As a superuser who switches every guard off: somebody tampers with an invoice. */
async function tamper(organizationSlug: string) {
  const script = `
import asyncio, asyncpg, pathlib, sys
async def main(folder, slug):
    (socket,) = pathlib.Path(folder).rglob(".s.PGSQL.5432")
    at = await asyncpg.connect(user="postgres", database="seatmark", host=str(socket.parent))
    await at.execute("SET session_replication_role = replica")
    changed = await at.execute("""
        UPDATE invoices SET document = jsonb_set(document, '{lines,0,amount}', '"2000.00"')
        WHERE organization_id = (SELECT id FROM organizations WHERE slug = $1)""", slug)
    assert changed == "UPDATE 1", changed
asyncio.run(main(*sys.argv[1:]))
`
  const python = join(dirname(SEATMARK), 'python')
  await promisify(execFile)(python, ['-c', script, INSTALLATION.dataDir, organizationSlug])
}

test('in Russian a form is refused at its field in Russian', async ({ page }) => {
  const world = await makeWorld({ isTrialOver: false })
  await inRussian(page)
  await signInAs(page, 'owner', `/o/${world.slug}/issues`)
  await page.getByRole('button', { name: 'Новая очередь' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('textbox', { name: 'Ключ' }).fill('1')
  await dialog.getByRole('textbox', { name: 'Название' }).fill('x'.repeat(201))
  await dialog.getByRole('button', { name: 'Создать' }).click()
  await expect(dialog.getByRole('textbox', { name: 'Название' })).toHaveAccessibleDescription(
    /Название: не больше 200\sзнаков\./,
  )
  await expect(dialog.getByRole('textbox', { name: 'Ключ' })).toHaveAccessibleDescription(/не годится как ключ очереди/)
  expect(await dialog.innerText()).not.toMatch(ENGLISH)
  await expectAccessible(page, 'refused-ru')
  await page.setViewportSize({ width: 400, height: 800 })
  await expectAccessible(page, 'refused-ru-narrow')
})

test('in Russian each person of a list is refused at the row in Russian', async ({ page }) => {
  const world = await makeWorld()
  await inRussian(page)
  await signInAs(page, 'owner', `/o/${world.slug}/people`)
  await page.getByRole('button', { name: 'Пригласить людей' }).click()
  const dialog = page.getByRole('dialog')
  for (const number of [1, 2]) {
    await dialog.getByRole('textbox', { name: `Имя, человек ${String(number)}` }).fill(number === 1 ? '' : 'Анна')
    await dialog
      .getByRole('textbox', { name: `Эл. почта, человек ${String(number)}` })
      .fill(number === 1 ? 'anna' : emailOf(world, 1))
    if (number === 1) await dialog.getByRole('button', { name: 'Ещё человек' }).click()
  }
  await dialog.getByRole('button', { name: 'Пригласить 2 человек' }).click()
  await expect(dialog.getByText('«anna» — не адрес эл. почты. Имя: обязательное поле.')).toBeVisible()
  await expect(dialog.getByText(`Адрес ${emailOf(world, 1)} или этот логин занят.`)).toBeVisible()
  await expectAccessible(page, 'people-invite-ru')
  await page.goto(`/o/${world.slug}/roster`)
  const text = `email;name\n${emailOf(world, 1)};Анна\n${emailOf(world, 1)};Анна\nнет;`
  await page.getByRole('textbox', { name: 'Или вставьте его сюда' }).fill(text)
  await page.getByRole('button', { name: 'Сравнить' }).click()
  const table = page.getByRole('grid', { name: 'Строки с ошибками' })
  await expect(table.getByText(`Дважды в списке: адрес ${emailOf(world, 1)}.`)).toBeVisible()
  await expect(table.getByText('«нет» — не адрес эл. почты.')).toBeVisible()
  await expect(table.getByText('Имя: обязательное поле.')).toBeVisible()
  await expectAccessible(page, 'roster-refused-ru')
  await page.getByRole('textbox', { name: 'Или вставьте его сюда' }).fill(`email;name\n${emailOf(world, 1)};Анна`)
  await page.getByRole('button', { name: 'Сравнить' }).click()
  await expect(page.getByText(/^\d+ из \d+\sдействующих участников нет в списке/)).toBeVisible()
  await expectAccessible(page, 'roster-too-many-ru')
})

test('in Russian what is wrong with a request itself is no English, but its number', async ({ page }) => {
  const world = await makeWorld()
  await inRussian(page)
  await page.route('**/graphql', async (route) => {
    const asked = route.request().postData() ?? ''
    return route.continue({ postData: asked.replace('members(', 'membres(') })
  })
  await signInAs(page, 'owner', `/o/${world.slug}/people`)
  const alert = page.getByRole('alert').filter({ hasText: 'Сообщите нам номер запроса:' })
  await expect(alert).toBeVisible()
  expect((await alert.innerText()).replace(/запроса: \S+/, '')).not.toMatch(ENGLISH)
  await expectAccessible(page, 'request-refused-ru')
})

test('what is told live is asked for in the language that is chosen', async ({ page }) => {
  const world = await makeWorld()
  const begun: string[] = []
  page.on('websocket', (socket) => {
    socket.on('framesent', ({ payload }) => {
      if (String(payload).includes('connection_init')) begun.push(String(payload))
    })
  })
  await inRussian(page)
  await signInAs(page, 'owner', `/o/${world.slug}/people`)
  await expect.poll(() => begun.at(-1)).toContain('"acceptLanguage":"ru"')
  await page.getByRole('button', { name: 'Язык' }).click()
  await page.getByRole('menuitemradio', { name: 'English' }).click()
  await expect.poll(() => begun.at(-1)).toContain('"acceptLanguage":"en"')
  await expect(page.getByRole('heading', { name: 'People', level: 1 })).toBeVisible()
})

test('in Russian a verification says in Russian what differs', async ({ page }) => {
  const world = await makeJanuary()
  await tamper(world.slug)
  await signInAs(page, 'billing', `/o/${world.slug}/invoices`)
  await page.getByRole('link', { name: /^2021-/ }).click()
  await expect(page.getByText('lines[1].amount was 2000.00; recomputed it is 25800.00.')).toBeVisible()
  await page.getByRole('button', { name: 'Language' }).click()
  await page.getByRole('menuitemradio', { name: 'Русский' }).click()
  await expect(page.getByText('строка 1, сумма: было 2000.00; при пересчёте 25800.00.')).toBeVisible()
  await page.getByText('Словами сервера').click()
  await expect(page.getByText(/^270\sмест было занято с 12\sянваря\s2021\sг\., 10:30/)).toBeVisible()
  expect(await page.getByRole('main').innerText()).not.toMatch(ENGLISH)
  await expectAccessible(page, 'verification-ru')
  await page.setViewportSize({ width: 400, height: 800 })
  await expectAccessible(page, 'verification-ru-narrow')
})

test('in Russian one reads in Russian what ended the own seat', async ({ page }) => {
  const world = await makeWorld()
  await subscribe(world, [{ email: PEOPLE.owner.email }, { email: PEOPLE.member.email }])
  await unsubscribe(world, [{ email: PEOPLE.member.email }])
  await inRussian(page)
  await signInAs(page, 'member', `/o/${world.slug}/access`)
  await expect(page.getByText(/Последнее место закончилось .+: прекращена 1 подписка\./)).toBeVisible()
  expect(await page.getByRole('main').innerText()).not.toMatch(ENGLISH)
  await expectAccessible(page, 'access-ended-ru')
  await page.setViewportSize({ width: 400, height: 800 })
  await expectAccessible(page, 'access-ended-ru-narrow')
})
