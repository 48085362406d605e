import type { Page } from '@playwright/test'

import { expect, signInAs, test } from './support/journey'
import { advance, makeDepartment, makeTeam, makeWorld, people, subscribe, type World } from './support/world'

type Steps = { open: () => Promise<void>; isKept: () => Promise<void> }

/** What was asked for is there still after opening something and going back, and after a reload. */
async function expectKept(page: Page, { open, isKept }: Steps) {
  await isKept()
  const address = page.url()
  await open()
  await expect(page).not.toHaveURL(address)
  await page.goBack()
  await expect(page).toHaveURL(address)
  await isKept()
  await page.reload()
  await expect(page).toHaveURL(address)
  await isKept()
}

const heading = (page: Page, name: string | RegExp) => expect(page.getByRole('heading', { level: 1 })).toHaveText(name)

/** Six seats in February 2026, billed in March; a team and two departments. */
async function makeBilled(): Promise<World> {
  const world = await makeWorld()
  for (const name of ['Support', 'On call']) await makeTeam(world, name)
  await makeDepartment(world, 'North', await makeDepartment(world, 'Sales'))
  await subscribe(world, people(world, 6))
  await advance(world, '2026-03-10T09:00:00Z')
  return world
}

test('lists of an organization keep what was asked of them over back and reload', async ({ page }) => {
  test.setTimeout(150_000)
  const world = await makeBilled()
  await signInAs(page, 'owner', `/o/${world.slug}/seats`)
  await page.getByRole('link', { name: 'People with a seat' }).click()
  await page.getByRole('searchbox').fill('Person 00002')
  await expect(page).toHaveURL(/text=Person/)
  await expectKept(page, {
    isKept: async () => {
      await expect(page.getByRole('searchbox')).toHaveValue('Person 00002')
      await expect(page.getByText('1 person with a seat')).toBeVisible()
    },
    open: async () => {
      await page.getByRole('link', { name: 'Replace or unsubscribe' }).click()
      await heading(page, 'Change seats')
    },
  })

  await page.goto(`/o/${world.slug}/teams`)
  await page.getByRole('searchbox').fill('call')
  await expect(page).toHaveURL(/text=call/)
  await expectKept(page, {
    isKept: async () => {
      await expect(page.getByRole('searchbox')).toHaveValue('call')
      await expect(page.getByRole('row')).toHaveCount(2)
    },
    open: async () => {
      await page.getByRole('link', { name: 'On call' }).click()
      await heading(page, 'On call')
    },
  })

  await page.goto(`/o/${world.slug}/departments`)
  const tree = page.getByRole('treegrid', { name: 'Departments' })
  await tree.getByRole('row', { name: 'Sales' }).focus()
  await page.keyboard.press('ArrowRight')
  await expectKept(page, {
    isKept: () => expect(tree.getByRole('row', { name: 'North' })).toBeVisible(),
    open: async () => {
      await tree.getByRole('button', { name: 'What to do with North' }).click()
      await page.getByRole('menuitem', { name: 'See its people' }).click()
      await heading(page, 'People')
    },
  })
})

test('450 who are chosen to lose their seat stay chosen over back and reload, and no address tells them', async ({
  page,
}) => {
  test.setTimeout(180_000)
  const world = await makeWorld({ people: 450 })
  await subscribe(world, people(world, 450))
  await signInAs(page, 'owner', `/o/${world.slug}/seats`)
  await page.getByTestId('rows').hover()
  const last = page.locator('[role=row][aria-rowindex="451"]')
  for (let tries = 0; tries < 400 && !(await last.isVisible()); tries += 1) {
    await page.mouse.wheel(0, 1_000)
    await page.waitForTimeout(20)
  }
  await expect(last).toBeVisible()
  await page.getByRole('columnheader').locator('label').click()
  await page.getByRole('link', { name: 'Unsubscribe the 450 chosen …' }).click()
  const leaving = page.getByRole('list', { name: 'To be unsubscribed' })
  await expectKept(page, {
    isKept: async () => {
      await expect(leaving.getByRole('listitem')).toHaveCount(450)
      await expect(leaving.getByText('Person 00450', { exact: true })).toBeVisible()
      await expect(page.getByText('450 people lose their seat')).toBeVisible()
    },
    open: () => page.getByRole('link', { name: 'Overview' }).click(),
  })
  expect(page.url().length).toBeLessThan(200)
  await leaving.getByRole('button', { name: 'Leave out: Person 00450' }).click()
  await expect(leaving.getByRole('listitem')).toHaveCount(449)
  await page.reload()
  await expect(leaving.getByRole('listitem')).toHaveCount(449)
})

test('invoices and months keep their filters, their month and their look over back and reload', async ({ page }) => {
  const world = await makeBilled()
  await signInAs(page, 'billing', `/o/${world.slug}/invoices`)
  await page.getByRole('button', { name: /Any state/i }).click()
  await page.getByRole('option', { name: 'To be paid' }).click()
  await expect(page).toHaveURL(/state=ISSUED/)
  await expectKept(page, {
    isKept: async () => {
      await expect(page.getByRole('button', { name: /^To be paid/ })).toBeVisible()
      await expect(page.getByRole('row').filter({ hasText: 'February 2026' })).toHaveCount(1)
    },
    open: async () => {
      await page.getByRole('link', { name: /-\d{6}$/ }).click()
      await heading(page, /^Invoice /)
    },
  })

  await page.goto(`/o/${world.slug}/month`)
  await page.getByRole('button', { name: 'Earlier month' }).click()
  await page.getByRole('button', { name: 'Show as a table' }).click()
  const steps = page.getByRole('row').filter({ hasText: 'Peak' })
  await expectKept(page, {
    isKept: async () => {
      await expect(
        page.getByRole('heading', { name: 'February 2026' }).or(page.getByText('February 2026')).first(),
      ).toBeVisible()
      await expect(steps.first()).toBeVisible()
    },
    open: async () => {
      await page
        .getByRole('link', { name: /^Invoice/ })
        .last()
        .click()
      await heading(page, /^Invoice/)
    },
  })
})

test('who was chosen among those who wait stays chosen over back and reload', async ({ page }) => {
  const world = await makeWorld({ people: 3 })
  await world.operator.change(
    'seatsChange',
    { organizationId: world.id, subscribe: [{ everyone: true }], joins: 'NEVER' },
    'seatedCount',
  )
  await world.operator.change('organizationUpdate', { organizationId: world.id, seatCap: 6 }, 'organization { id }')
  const teamId = await makeTeam(world, 'Support')
  await subscribe(world, [{ teamId }])
  await world.operator.change(
    'memberInvite',
    {
      organizationId: world.id,
      members: [{ email: `late@${world.slug}.example`, name: 'Late One', active: true, teamIds: [teamId] }],
    },
    'members { id }',
  )
  await signInAs(page, 'owner', `/o/${world.slug}/waiting`)
  const late = page.getByRole('row', { name: /Late One/ })
  await late.locator('label').click()
  await expect(page).toHaveURL(/seat=/)
  await expectKept(page, {
    isKept: () => expect(late.getByRole('checkbox')).toBeChecked(),
    open: async () => {
      await page.getByRole('link', { name: 'Overview' }).click()
      await expect(page.getByRole('region', { name: 'The next seat' })).toBeVisible()
    },
  })
})

test('an operator’s lists keep what was asked of them over back and reload', async ({ page }) => {
  const world = await makeBilled()
  await signInAs(page, 'operator', '/operator')
  await page.getByRole('searchbox', { name: 'Search' }).fill(world.slug)
  await expect(page).toHaveURL(/text=journey/)
  await expectKept(page, {
    isKept: async () => {
      await expect(page.getByRole('searchbox', { name: 'Search' })).toHaveValue(world.slug)
      await expect(page.getByText('1 organization', { exact: true })).toBeVisible()
    },
    open: async () => {
      await page.getByRole('row').filter({ hasText: world.slug }).getByRole('link').first().click()
      await expect(page).toHaveURL(/organizations\/journey/)
    },
  })

  await page.goto(`/operator/organizations/${world.slug}?view=audit`)
  await page.getByRole('textbox', { name: 'Action' }).fill('seats.changed')
  await expect(page).toHaveURL(/action=seats/)
  await expectKept(page, {
    isKept: async () => {
      await expect(page.getByRole('textbox', { name: 'Action' })).toHaveValue('seats.changed')
      await expect(page.getByRole('button', { name: /^Details: / })).toHaveCount(1)
    },
    open: () => page.getByRole('link', { name: 'Payments' }).click(),
  })

  await page.goto('/operator/jobs')
  await page
    .getByRole('button', { name: /^Runs: / })
    .first()
    .click()
  const name = await page.getByRole('dialog').getByRole('heading', { level: 2 }).first().innerText()
  await page.reload() // the window is in the address, as it is over the page
  await expect(page.getByRole('dialog').getByRole('heading', { level: 2 }).first()).toHaveText(name)
})
