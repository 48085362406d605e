import { expect, expectAccessible, signInAs, test } from './support/journey'
import { makeParked } from './support/parking'
import { Operator } from './support/operator'

const PLACES = [
  '',
  '/jobs',
  '/jobs?job=close_due_periods',
  '/price-lists?view=vat',
  '/price-lists?view=quote&seats=270',
  '/promo-codes',
  '/clocks',
  '/partner-keys',
]
const VIEWS = ['invoices', 'payments', 'terms', 'deletion', 'audit']

test('no table of an operator’s is wider than its page, in either language', async ({ page }) => {
  test.setTimeout(180_000)
  const world = await makeParked()
  await signInAs(page, 'operator', '/operator')
  const clock = encodeURIComponent(world.clockId)
  const places = [
    ...PLACES,
    `/clocks?clock=${clock}`,
    `/simulation?month=2026-02&clock=${clock}`,
    ...VIEWS.map((view) => `/organizations/${world.slug}?view=${view}`),
  ]
  for (const language of ['en', 'ru']) {
    await page.evaluate((one) => {
      localStorage.setItem('seatmark.language', one)
    }, language)
    for (const place of places) {
      await page.goto(`/operator${place}`)
      await expect(page.getByRole('grid').first()).toBeVisible()
      await expect(page.getByRole('progressbar')).toHaveCount(0)
      const wide = await page.getByRole('grid').evaluateAll((grids) =>
        grids
          .map((grid) => grid.parentElement)
          .filter((box) => box !== null && box.scrollWidth > box.clientWidth)
          .map((box) => `${String(box?.scrollWidth)} > ${String(box?.clientWidth)}`),
      )
      expect.soft(wide, `${place} (${language})`).toEqual([])
      await page.screenshot({ path: `build/screenshots/wide-${language}-${place.replace(/\W+/g, '-')}.png` })
    }
  }
})

test('a name that finds no room ends with an ellipsis, and is told whole', async ({ page }) => {
  const name = `Partner ${crypto.randomUUID()} with as long a name as one can have: 100 letters`
  await new Operator().change(
    'partnerKeyCreate',
    { name, organizationIds: [], permissions: ['SEAT_VIEW'] },
    'partnerKey { id }',
  )
  await signInAs(page, 'operator', '/operator/partner-keys')
  const text = page.getByTitle(name)
  await expect(text).toBeVisible()
  const cell = await text.evaluate((one) => {
    const box = one.parentElement as HTMLElement
    return { isClipped: box.scrollWidth > box.clientWidth, overflow: getComputedStyle(box).textOverflow }
  })
  expect(cell).toEqual({ isClipped: true, overflow: 'ellipsis' })
  const revoke = page.getByRole('button', { name: `Revoke: ${name}` })
  await page.mouse.move(20, 20) // a mouse that was never moved does not hover
  await revoke.hover()
  await expect(page.getByRole('tooltip')).toHaveText('Revoke')
  await expectAccessible(page, 'operator-tooltip')
  await page.mouse.move(0, 0)
  await expect(page.getByRole('tooltip')).toHaveCount(0)
  await page.getByRole('button', { name: `Edit: ${name}` }).focus()
  await page.keyboard.press('ArrowLeft') // from the row to what can be done with it
  await expect(page.getByRole('tooltip')).toHaveText(/^(Edit|Revoke)$/)
})
