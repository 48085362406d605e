import { JANUARY, makeJanuary, makeTrial } from './support/january'
import { expect, expectAccessible, signInAs, test } from './support/journey'

test('a billing manager sees what the month costs so far, why, and who held the seats', async ({ page }) => {
  const world = await makeJanuary({ until: JANUARY.falls, hasDepartments: true })
  await signInAs(page, 'billing', `/o/${world.slug}/billing`)
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('This month')
  await expect(
    page.getByText('January 2021: from 1 Jan 2021, 00:00 to 1 Feb 2021, 00:00 (Europe/Moscow)'),
  ).toBeVisible()

  const bill = page.getByRole('table', { name: 'How it is made up' })
  await expect(bill.getByRole('row')).toHaveText([
    'SeatsNumberEachAmount',
    'Seats 1–100100RUB 258RUB 25,800',
    'Seats 101–250150RUB 222RUB 33,300',
    'Seats 251–27020RUB 185RUB 3,700',
    'TotalRUB 62,800',
    'VAT 20 % in itRUB 10,466.67',
    'Net of VATRUB 52,333.33',
  ])
  const figures = page.getByRole('definition')
  await expect(figures.filter({ hasText: 'RUB 60,950' })).toBeVisible() // February at 260 seats
  await expect(page.getByText(`first on ${JANUARY.peak} GMT+3`)).toBeVisible()
  await expect(page.getByText('25 subscriptions were made')).toBeVisible()
  await expect(page.getByText('240 more seats, of 500')).toBeVisible()

  const split = page.getByRole('table', { name: 'Whose cost it is' })
  await expect(split.getByRole('row')).toHaveText([
    'DepartmentSeatsPartAmount',
    'Sales10037 %RUB 23,259.26',
    'Support5018.5 %RUB 11,629.63',
    'In no department12044.4 %RUB 27,911.11',
  ])
  await expectAccessible(page, 'billing')

  await page.getByRole('button', { name: 'Who held the 270 seats' }).click()
  const dialog = page.getByRole('dialog')
  await expect(dialog.getByText(`270 seats were held on ${JANUARY.peak} GMT+3.`)).toBeVisible()
  await expect(dialog.getByRole('link', { name: /^Person 00/ }).first()).toBeVisible()
  await expect(dialog.getByRole('grid')).toHaveAttribute('aria-rowcount', '271')
  await expect(async () => {
    await dialog.getByTestId('rows').evaluate((rows) => {
      rows.scrollTo({ top: 100_000 })
    })
    await expect(dialog.locator('[aria-rowindex="271"]')).toBeVisible({ timeout: 500 })
  }).toPass()
  await expectAccessible(page, 'billing-holders')
  await page.keyboard.press('Escape')
  await expect(page.getByRole('button', { name: 'Who held the 270 seats' })).toBeFocused()
})

test('a calculator tells what any number of seats costs, and what is not a number', async ({ page }) => {
  const world = await makeJanuary({ until: JANUARY.falls })
  await signInAs(page, 'billing', `/o/${world.slug}/billing`)
  const seats = page.getByRole('textbox', { name: 'Number of seats' })
  const quote = page.getByRole('table', { name: 'What would so many seats cost?' })
  await seats.fill('300')
  await expect(quote.getByRole('row', { name: /Total/ })).toHaveText('TotalRUB 68,350') // 25 800 + 33 300 + 50 × 185
  await seats.fill('6')
  await expect(quote.getByRole('row', { name: /Total/ })).toHaveText('TotalRUB 1,548')
  await seats.fill('5')
  await expect(page.getByText('up to 5 seats are free', { exact: true })).toBeVisible()
  await expect(quote.getByRole('row', { name: /Total/ })).toHaveText('TotalRUB 0')
  await seats.fill('many')
  await expect(seats).toHaveAccessibleDescription('Give a whole number of seats, such as 270.')
  await expect(quote).toHaveCount(0)
  await page.reload()
  await expect(seats).toHaveValue('many')
})

test('a member is told on every page about money why it is not theirs to see, and whom to ask', async ({ page }) => {
  const world = await makeTrial()
  await signInAs(page, 'member', `/o/${world.slug}/access`)
  await expect(page.getByRole('link', { name: 'Invoices' })).toHaveCount(0)
  for (const place of ['billing', 'month', 'invoices', 'invoices/SW52b2ljZTox', 'hindsight', 'account']) {
    await page.goto(`/o/${world.slug}/${place}`)
    await expect(
      page.getByText('What the seats cost is seen by owners, admins and billing managers.'),
      place,
    ).toBeVisible()
    await expect(page.getByText('Ask: Olga Demo.'), place).toBeVisible()
    await expect(page.getByText('RUB'), place).toHaveCount(0)
  }
  await expectAccessible(page, 'billing-member')
})

test('before the tracker is activated nothing is charged, and in the trial it is said until when', async ({ page }) => {
  const world = await makeTrial({ isActivated: false })
  await signInAs(page, 'billing', `/o/${world.slug}/billing`)
  await expect(page.getByText('Nothing is charged yet')).toBeVisible()
  await world.operator.change('trackerActivate', { organizationId: world.id }, 'organization { id }')
  await expect(page.getByText('The trial lasts until 31 Dec 2020, 12:00 GMT+3.')).toBeVisible({ timeout: 30_000 })
  await expect(page.getByRole('row', { name: /^Total/ })).toHaveText('TotalRUB 0')
  await expectAccessible(page, 'billing-trial')
})

test('in Russian everything is Russian, and on a telephone everything is there', async ({ page }) => {
  const world = await makeJanuary({ until: JANUARY.falls })
  await signInAs(page, 'billing', `/o/${world.slug}/billing`)
  await page.getByRole('button', { name: 'Language' }).click()
  await page.getByRole('menuitemradio', { name: 'Русский' }).click()
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Этот месяц')
  await expect(page.getByText('оформлено 25 подписок')).toBeVisible()
  await expect(page.getByRole('table', { name: 'Из чего складывается' }).getByRole('row')).toHaveText([
    'МестаСколькоЗа местоСумма',
    /Места 1–100100258\s₽25\s800\s₽/,
    /Места 101–250150222\s₽33\s300\s₽/,
    /Места 251–27020185\s₽3\s700\s₽/,
    /Итого62\s800\s₽/,
    /В том числе НДС 20\s%10\s466,67\s₽/,
    /Без НДС52\s333,33\s₽/,
  ])
  await expectAccessible(page, 'billing-ru')
  await page.setViewportSize({ width: 400, height: 900 })
  await expectAccessible(page, 'billing-narrow')
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)
  expect(overflow).toBeLessThanOrEqual(0)
})
