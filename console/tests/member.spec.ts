import { expect, expectAccessible, signInAs, test } from './support/journey'
import { makeWorld, openQueue, PEOPLE, subscribe } from './support/world'

test('a member without a seat reads an issue, sees what cannot be done and why, and whom to ask', async ({ page }) => {
  const world = await makeWorld()
  await subscribe(world, [{ email: PEOPLE.owner.email }])
  await openQueue(world)
  await signInAs(page, 'member', `/o/${world.slug}/access`)
  await expect(page.getByText('Changing things takes a seat, and you have none.')).toBeVisible()
  await expect(page.getByText('Ask for a seat: Olga Demo.')).toBeVisible()
  await expectAccessible(page, 'access')

  await page.getByRole('link', { name: 'Issues' }).click()
  await expect(page.getByRole('button', { name: 'New issue' })).toBeDisabled()
  await expectAccessible(page, 'issues')
  await page.getByRole('link', { name: 'TEST-1' }).click()
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('TEST-1 The lamp is broken')
  await expect(page.getByRole('button', { name: 'Edit' })).toBeDisabled()
  await expect(page.getByRole('button', { name: 'Watch' })).toBeDisabled()
  await expectAccessible(page, 'issue')
})

test('a member who is given a seat can write at once, without loading the page again', async ({ page }) => {
  const world = await makeWorld()
  await subscribe(world, [{ email: PEOPLE.owner.email }])
  await openQueue(world)
  await signInAs(page, 'member', `/o/${world.slug}/issues/TEST-1`)
  await expect(page.getByRole('button', { name: 'Edit' })).toBeDisabled()

  await subscribe(world, [{ email: PEOPLE.member.email }])
  await expect(page.getByRole('button', { name: 'Edit' })).toBeEnabled()
  await page.getByRole('textbox', { name: 'Comment' }).fill('I have changed it.')
  await page.getByRole('button', { name: 'Send' }).click()
  await expect(page.getByRole('listitem').filter({ hasText: 'I have changed it.' })).toContainText('Anna Petrova')

  await page.getByRole('button', { name: 'Edit' }).click()
  await page.getByRole('textbox', { name: 'Summary' }).fill('The lamp was broken')
  await page.getByRole('button', { name: 'Save' }).click()
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('TEST-1 The lamp was broken')

  await page.getByRole('button', { name: /New status/ }).click()
  await page.getByRole('option', { name: 'Resolved' }).click()
  await page.getByRole('button', { name: 'Change the status' }).click()
  await expect(page.getByText('Status: Open → Resolved')).toBeVisible()
})

test('an issue that is made is refused at its field, and then is there', async ({ page }) => {
  const world = await makeWorld({ isTrialOver: false })
  await openQueue(world)
  await signInAs(page, 'member', `/o/${world.slug}/issues`)
  await page.getByRole('button', { name: 'New issue' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('textbox', { name: 'Summary' }).fill('   ')
  await dialog.getByRole('button', { name: 'Create' }).click()
  await expect(dialog.getByRole('textbox', { name: 'Summary' })).toHaveAccessibleDescription(/.+/)
  await expectAccessible(page, 'issue-new')
  await dialog.getByRole('textbox', { name: 'Summary' }).fill('Another one')
  await dialog.getByRole('button', { name: 'Create' }).click()
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('TEST-2 Another one')
  await page.goBack()
  await expect(page.getByRole('row').filter({ hasText: 'Another one' })).toBeVisible()
})
