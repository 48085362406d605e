import { AxeBuilder } from '@axe-core/playwright'
import { expect, type Page, test as base } from '@playwright/test'

/** Every journey fails on what the browser complains of: errors of scripts, and whatever the content policy stopped. */
export const test = base.extend<{ complaints: string[] }>({
  complaints: [
    async ({ page }, use) => {
      const complaints: string[] = []
      page.on('pageerror', (error) => complaints.push(String(error)))
      page.on('console', (message) => {
        if (message.type() === 'error' && !message.text().includes('Failed to load resource')) {
          complaints.push(message.text())
        }
      })
      await use(complaints)
      expect(complaints).toEqual([])
    },
    { auto: true },
  ],
})

export { expect }

/** One click on the page of signing in. */
export async function signInAs(page: Page, as: 'owner' | 'billing' | 'member' | 'operator', path: string) {
  await page.goto(`/sign-in?returnTo=${encodeURIComponent(path)}`)
  const names = { owner: /Olga/, billing: /Bella/, member: /Anna/, operator: /Operator/i }
  await page.getByRole('button', { name: names[as] }).click()
  await page.waitForURL((url) => url.pathname + url.search === path)
}

/** To a link in a long table, as somebody with a wheel does, page after page. */
export async function scrollUntil(page: Page, name: string) {
  const link = page.getByRole('link', { name, exact: true })
  await page.getByTestId('rows').hover()
  for (let tries = 0; tries < 400 && !(await link.isVisible()); tries += 1) {
    await page.mouse.wheel(0, 500)
    await page.waitForTimeout(20)
  }
  await link.scrollIntoViewIfNeeded()
  await page.evaluate(() => new Promise(requestAnimationFrame)) // nobody presses in the frame in which they scroll
  await expect(link).toBeVisible()
}

/** What WCAG AA asks of the page as it is now, in both themes; with a name, each theme is also photographed. */
export async function expectAccessible(page: Page, name?: string) {
  for (const theme of ['light', 'dark'] as const) {
    await page.evaluate((one) => {
      document.documentElement.dataset.theme = one
    }, theme)
    if (name !== undefined) await page.screenshot({ path: `build/screenshots/${name}-${theme}.png`, fullPage: true })
    const found = await new AxeBuilder({ page })
      .exclude('[data-live-announcer]') // it names what was just pressed, which may be gone
      .withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'])
      .analyze()
    const told = found.violations.map(
      (one) => `${one.id} (${theme}): ${one.nodes.map((node) => node.html).join(' | ')}`,
    )
    expect(told).toEqual([])
  }
  await page.evaluate(() => {
    delete document.documentElement.dataset.theme
  })
}
