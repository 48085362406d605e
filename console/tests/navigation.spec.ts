import { expect, expectAccessible, signInAs, test } from './support/journey'
import { makeWorld } from './support/world'

test('on a narrow screen the pages are behind a button that says where one is', async ({ page }) => {
  const world = await makeWorld({ people: 1 })
  await page.setViewportSize({ width: 400, height: 800 })
  await signInAs(page, 'owner', `/o/${world.slug}`)
  const pages = page.getByRole('navigation', { name: 'Pages' })
  const opener = pages.getByRole('button', { name: 'Pages Overview' })
  await expect(opener).toHaveAttribute('aria-expanded', 'false')
  await expect(pages.getByRole('link')).toHaveCount(0)
  await expectAccessible(page, 'pages-closed')

  await opener.press('Enter')
  await expect(opener).toHaveAttribute('aria-expanded', 'true')
  await expect(pages.locator(`[id="${(await opener.getAttribute('aria-controls')) ?? ''}"]`)).toBeVisible()
  await expect(pages.getByRole('link', { name: 'Settings' })).toBeVisible()
  await expectAccessible(page, 'pages-open')
  await pages.getByRole('link', { name: 'Settings' }).focus()
  await page.keyboard.press('Escape')
  await expect(pages.getByRole('link')).toHaveCount(0)
  await expect(opener).toBeFocused()

  await opener.press('Enter')
  await opener.press('Escape')
  await expect(pages.getByRole('link')).toHaveCount(0)

  await opener.press('Enter')
  await pages.getByRole('link', { name: 'Departments' }).press('Enter')
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Departments')
  await expect(pages.getByRole('link')).toHaveCount(0)
  await expect(pages.getByRole('button', { name: 'Pages Departments' })).toBeFocused()

  await pages.getByRole('button', { name: 'Pages Departments' }).press('Enter')
  await expect(pages.getByRole('link', { name: 'Teams' })).toBeVisible()
  await page.goBack()
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(/Journey/)
  await expect(pages.getByRole('link')).toHaveCount(0)

  await page.goto(`/o/${world.slug}/people`)
  await pages.getByRole('button', { name: 'Pages People' }).press('Enter')
  await pages.getByRole('link', { name: 'Home' }).click()
  await expect(page).toHaveURL(/\/o\/[a-z0-9-]+$/)
  await expect(pages.getByRole('link')).toHaveCount(0)
})

test('no page is wider than a narrow screen because of its pages, in Russian neither', async ({ page }) => {
  await page.setViewportSize({ width: 400, height: 800 })
  await signInAs(page, 'operator', '/operator/clocks')
  await page.getByRole('button', { name: 'Language' }).click()
  await page.getByRole('menuitemradio', { name: 'Русский' }).click()
  await page.getByRole('button', { name: /^Разделы/ }).click()
  await expect(page.getByRole('link', { name: 'Главная' })).toBeVisible()
  await expectAccessible(page, 'pages-operator-russian')
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(400)
})

test('on a wide screen the pages are beside the page, and no button hides them', async ({ page }) => {
  const world = await makeWorld({ people: 1 })
  await signInAs(page, 'owner', `/o/${world.slug}/people`)
  const pages = page.getByRole('navigation', { name: 'Pages' })
  await expect(pages.getByRole('link', { name: 'Settings' })).toBeVisible()
  await expect(pages.getByRole('button')).toHaveCount(0)
  await expect(pages.getByRole('link', { name: 'Home' })).toHaveCount(0) // it is the name at the top
  await expect(page.getByRole('link', { name: 'Seatmark' })).toBeVisible()
})
