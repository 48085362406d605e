import type { Locator, Page } from '@playwright/test'

import { expect, signInAs, test } from './support/journey'
import { advance, makeWorld, people, person, subscribe, usedSeats } from './support/world'

/** Tab until something has the focus, which must be seen wherever it is on the way. */
async function tabTo(page: Page, wanted: Locator, key: 'Tab' | 'Shift+Tab' = 'Tab') {
  for (let presses = 0; presses < 80; presses += 1) {
    if (await wanted.evaluate((one) => one === document.activeElement || one.contains(document.activeElement))) {
      await expectSeen(page)
      return
    }
    await page.keyboard.press(key)
  }
  throw new Error(`The keyboard does not reach ${String(wanted)}`)
}

/** What has the focus has an outline, or something around it that has. */
async function expectSeen(page: Page) {
  const isSeen = await page.evaluate(() => {
    for (let one: Element | null = document.activeElement; one; one = one.parentElement) {
      const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(one)
      if ((outlineStyle !== 'none' && outlineWidth !== '0px') || boxShadow.includes('0px 0px 0px')) return true
      if (one.matches('[role=dialog], main, body')) break
    }
    return false
  })
  const what = await page.evaluate(() => document.activeElement?.outerHTML.slice(0, 200))
  expect(isSeen, `the focus is not seen on ${String(what)}`).toBe(true)
}

test('with keys alone somebody is subscribed at a known price, and it is taken back', async ({ page }) => {
  const world = await makeWorld()
  await subscribe(world, people(world, 5))
  await advance(world, '2026-02-11T09:00:00Z')
  await signInAs(page, 'owner', `/o/${world.slug}/seats/change`)
  const box = page.getByRole('combobox', { name: 'Who gets a seat' })
  await expect(box).toBeVisible()
  await tabTo(page, box)
  await page.keyboard.type('Person 00006')
  await expect(page.getByRole('option', { name: 'Person 00006' })).toBeVisible()
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('Enter')
  await expect(box).toBeFocused() // for the next one
  await expect(page.getByText('February 2026: RUB 1,548 more')).toBeVisible()
  const subscribing = page.getByRole('button', { name: 'Subscribe', exact: true })
  await expect(subscribing).toBeEnabled()
  await tabTo(page, subscribing)
  await page.keyboard.press('Enter')
  await expect(page.getByText('1 person got a seat')).toBeVisible()
  await expect(page.locator('#main')).toBeFocused() // the button that had the focus is gone
  await tabTo(page, page.getByRole('button', { name: 'Take it back' }))
  await page.keyboard.press('Enter')
  await expect(page.getByText('It was taken back.')).toBeVisible()
  await expect(page.locator('body')).not.toBeFocused()
  expect(await usedSeats(world)).toBe(5)
})

test('with keys alone one person replaces another', async ({ page }) => {
  const world = await makeWorld()
  await subscribe(world, [person(world, 1)])
  await signInAs(page, 'owner', `/o/${world.slug}/seats/change`)
  for (const [name, who] of [
    ['Who gets a seat', 'Person 00002'],
    ['Who leaves', 'Person 00001'],
  ] as const) {
    await expect(page.getByRole('combobox', { name })).toBeVisible()
    await tabTo(page, page.getByRole('combobox', { name }))
    await page.keyboard.type(who)
    await expect(page.getByRole('option', { name: who })).toBeVisible()
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('Enter')
  }
  const change = page.getByRole('button', { name: 'Change as shown' })
  await expect(change).toBeEnabled()
  await tabTo(page, change)
  await page.keyboard.press('Space')
  await expect(page.getByText('1 person got a seat and 1 person lost theirs.')).toBeVisible()
})

test('with keys alone somebody is invited, and the focus goes back to where it came from', async ({ page }) => {
  const world = await makeWorld()
  await signInAs(page, 'owner', `/o/${world.slug}/people`)
  const inviting = page.getByRole('button', { name: 'Invite people' })
  await expect(inviting).toBeVisible()
  await tabTo(page, inviting)
  await page.keyboard.press('Enter')
  const dialog = page.getByRole('dialog')
  await tabTo(page, dialog.getByRole('textbox', { name: 'Name of person 1' }))
  await page.keyboard.type('Ivan Ivanov')
  await page.keyboard.press('Tab')
  await page.keyboard.type(`ivan@${world.slug}.example`)
  await page.keyboard.press('Enter')
  await expect(dialog.getByText('1 person was invited')).toBeVisible()
  await page.keyboard.press('Escape')
  await expect(dialog).toHaveCount(0)
  await expect(inviting).toBeFocused()
})

test('with keys alone an operator advances a clock, and the focus is never lost', async ({ page }) => {
  const world = await makeWorld({ isTrialOver: false, people: 1 })
  await signInAs(page, 'operator', `/operator/clocks?clock=${encodeURIComponent(world.clockId)}`)
  const day = page.getByRole('button', { name: 'By a day' })
  await expect(day).toBeVisible()
  await page.evaluate(() => {
    const lost = () => {
      if (document.activeElement === document.body) document.title = 'The focus was lost'
      requestAnimationFrame(lost)
    }
    document.addEventListener('focusin', () => requestAnimationFrame(lost), { once: true })
  })
  await tabTo(page, day)
  await page.keyboard.press('Enter')
  await expect(page.getByText('2 Jan 2026, 12:00').or(page.getByText('2 Jan 2026, 09:00')).first()).toBeVisible()
  await expect(day).toBeFocused()
  const end = page.getByRole('button', { name: 'To the end of the trial' })
  await expect(end).toBeEnabled() // the clock stands again
  await tabTo(page, end)
  await page.keyboard.press('Enter')
  await expect(end).toHaveAttribute('disabled', { timeout: 60_000 })
  await expect(day).toBeFocused() // the one that had the focus can be pressed no more
  await expect(page).not.toHaveTitle('The focus was lost')
})

test('with keys alone the form of who pays is left, and the focus is where it came from', async ({ page }) => {
  const world = await makeWorld({ people: 1 })
  await signInAs(page, 'owner', `/o/${world.slug}/account`)
  const changing = page.getByRole('button', { name: 'Change', exact: true })
  await changing.press('Enter')
  await expect(page.getByRole('form', { name: 'Who pays' }).getByRole('button').first()).toBeFocused()
  await page.getByRole('button', { name: 'Cancel' }).press('Enter')
  await expect(changing).toBeFocused()
})
