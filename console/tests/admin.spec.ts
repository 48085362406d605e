import { makeTrial } from './support/january'
import { expect, expectAccessible, signInAs, test } from './support/journey'
import { idOf, makeWorld, memberIdOf, PEOPLE, people, subscribe, usedSeats, type World } from './support/world'

/** An organization whose Anna is an admin; the demo's sign-in makes one of us her. */
async function makeAdministered(wish?: Parameters<typeof makeWorld>[0]): Promise<World> {
  const world = await makeWorld(wish)
  await promoteAnna(world)
  return world
}

const promoteAnna = (world: World) =>
  world.operator.change(
    'memberUpdate',
    { memberId: world.memberIds[PEOPLE.member.email], role: 'ADMIN' },
    'member { id }',
  )

test('an admin invites, arranges, prices and subscribes as an owner does, and takes it back', async ({ page }) => {
  const world = await makeAdministered()
  await subscribe(world, people(world, 5))
  await signInAs(page, 'member', `/o/${world.slug}/people`)
  await page.getByRole('button', { name: 'Invite people' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('textbox', { name: 'E-mail of person 1' }).fill(`ivan@${world.slug}.example`)
  await dialog.getByRole('textbox', { name: 'Name of person 1' }).fill('Ivan Ivanov')
  const role = dialog.getByRole('combobox', { name: 'Role of person 1' })
  await expect(role.getByRole('option')).toHaveText(['Admin', 'Member']) // nobody gives more than their own (R2.3)
  await role.selectOption('Admin')
  await dialog.getByRole('button', { name: 'Invite 1 person' }).click()
  await expect(dialog.getByText('1 person was invited')).toBeVisible()
  await dialog.getByRole('button', { name: 'Close' }).last().click()
  await expect(page.getByRole('row').filter({ hasText: 'Ivan Ivanov' })).toContainText('Admin')

  await page.getByRole('link', { name: 'Teams' }).click()
  await page.getByRole('button', { name: 'New team' }).click()
  await dialog.getByRole('textbox', { name: 'Name' }).fill('Support')
  await dialog.getByRole('button', { name: 'Create' }).click()
  await expect(page.getByText('Support').first()).toBeVisible()
  await page.getByRole('link', { name: 'Departments' }).click()
  await page.getByRole('button', { name: 'New department' }).click()
  await dialog.getByRole('textbox', { name: 'Name' }).fill('Sales')
  await dialog.getByRole('button', { name: 'Create' }).click()
  await expect(page.getByRole('row', { name: /Sales/ })).toBeVisible()

  await page.goto(`/o/${world.slug}/seats/change`)
  await page.getByRole('combobox', { name: 'Who gets a seat' }).fill('Person 00006')
  await page.getByRole('option', { name: 'Person 00006' }).click()
  await expect(page.getByText('February 2026: RUB 1,548 more')).toBeVisible()
  await page.getByRole('button', { name: 'Subscribe', exact: true }).click()
  await expect(page.getByText('1 person got a seat and 0 people lost theirs.')).toBeVisible()
  await page.getByRole('button', { name: 'Take it back' }).click()
  await expect(page.getByText('It was taken back.')).toBeVisible()
  expect(await usedSeats(world)).toBe(5)
})

test('an admin without a seat is led to one of their own and told to ask nobody for it', async ({ page }) => {
  const world = await makeAdministered()
  await subscribe(world, people(world, 1))
  await signInAs(page, 'member', `/o/${world.slug}`)
  await expect(page.getByText('You can read everything here and change nothing in the tracker')).toBeVisible()
  await expect(page.getByText('Ask for a seat')).toHaveCount(0)
  await page.getByRole('link', { name: 'Look at a seat for yourself' }).click()
  await expect(page.getByRole('list', { name: 'To be subscribed' })).toContainText('Anna Petrova')
  await expectAccessible(page, 'admin-own-seat')
  await page.getByRole('button', { name: 'Subscribe', exact: true }).click()
  await expect(page.getByText('1 person got a seat')).toBeVisible()
  await expect(page.getByText('change nothing in the tracker')).toHaveCount(0)
})

test('an admin reads what is paid and changes nothing of it, and is told whom to ask', async ({ page }) => {
  const world = await makeAdministered()
  await subscribe(world, people(world, 6))
  await signInAs(page, 'member', `/o/${world.slug}/account`)
  await expect(page.getByText('You can see this and change nothing of it')).toBeVisible()
  await expect(page.getByText('Ask: Olga Demo.')).toBeVisible()
  await expect(page.getByText('OOO Romashka')).toBeVisible()
  await expect(page.getByRole('button', { name: 'Change' })).toHaveCount(0)
  await expect(page.getByRole('textbox', { name: 'Promo code' })).toHaveCount(0)
  await expectAccessible(page, 'admin-account')

  await page.getByRole('link', { name: 'This month' }).click()
  await expect(page.getByRole('row', { name: /^Total/ })).toHaveText('TotalRUB 1,548')
  await page.getByRole('link', { name: 'Invoices' }).click()
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Invoices')
  await page.getByRole('link', { name: 'Settings' }).click()
  await expect(page.getByText('Limits, name, time zone and closing are for owners to change.')).toBeVisible()
  await expect(page.getByText('Ask: Olga Demo.')).toBeVisible()
  for (const name of ['Limits', 'Name', 'Time zone', 'Close the organization']) {
    await expect(page.getByRole('heading', { name }), name).toHaveCount(0)
  }
  await expect(page.getByRole('heading', { name: 'Export the data' })).toBeVisible() // R1.9
  await expectAccessible(page, 'admin-settings')
})

test('an admin who meets a limit, or a missing payer, is told which owner can put it right', async ({ page }) => {
  const [capped, unpaid] = [await makeAdministered(), await makeAdministered({ hasProfile: false })]
  for (const world of [capped, unpaid]) await subscribe(world, people(world, 5))
  await capped.operator.change('organizationUpdate', { organizationId: capped.id, seatCap: 5 }, 'organization { id }')
  await signInAs(page, 'member', `/o/${capped.slug}/seats/change`)
  const box = page.getByRole('combobox', { name: 'Who gets a seat' })
  const refusal = page.getByRole('alert').filter({ hasText: 'This change would be refused' })
  await box.fill('Person 00006')
  await page.getByRole('option', { name: 'Person 00006' }).click()
  await expect(refusal).toContainText('more seats than the organization’s own cap. Ask: Olga Demo.')
  await expect(page.getByRole('link', { name: 'Change the limits' })).toHaveCount(0)
  await page.goto(`/o/${unpaid.slug}/seats/change`)
  await box.fill('Person 00006')
  await page.getByRole('option', { name: 'Person 00006' }).click()
  await expect(refusal).toContainText('somebody has to pay: say first who. Ask: Olga Demo.')
  await expect(page.getByRole('link', { name: 'Say who pays' })).toHaveCount(0)
  await expectAccessible(page, 'admin-refused')
})

test('an admin changes members, and not those above', async ({ page }) => {
  const world = await makeAdministered()
  const ownerId = await memberIdOf(world, PEOPLE.owner.email)
  await signInAs(page, 'member', `/o/${world.slug}/people/${ownerId}`)
  await expect(page.getByText('This person’s role is above yours')).toBeVisible()
  await expect(page.getByText('Ask: Olga Demo.')).toBeVisible()
  for (const name of ['Save', 'Deactivate', 'Erase']) {
    await expect(page.getByRole('button', { name }), name).toHaveCount(0)
  }
  await expectAccessible(page, 'admin-person-above')

  await page.goto(`/o/${world.slug}/people/${idOf(world, 2)}`)
  const form = page.getByRole('form', { name: 'Change' })
  await form.getByRole('button', { name: /Role/ }).click()
  await expect(page.getByRole('option')).toHaveText(['Admin', 'Member'])
  await page.getByRole('option', { name: 'Admin' }).click()
  await form.getByRole('button', { name: 'Save' }).click()
  await expect(form.getByText('Saved')).toBeVisible()
})

test('an admin of an organization whose tracker was never activated is told who can', async ({ page }) => {
  const world = await makeTrial({ isActivated: false })
  await promoteAnna(world)
  await signInAs(page, 'member', `/o/${world.slug}`)
  await expect(page.getByText('An owner can activate it.')).toBeVisible()
  await expect(page.getByText('Ask: Olga Demo.')).toBeVisible()
  await expect(page.getByRole('button', { name: 'Activate the tracker' })).toHaveCount(0)
  await expectAccessible(page, 'admin-not-activated')
})
