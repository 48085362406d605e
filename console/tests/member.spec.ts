import { expect, expectAccessible, signInAs, test } from './support/journey'
import { makeWorld, PEOPLE, subscribe, type World } from './support/world'

/** A queue with an issue, written by the owner, who needs a seat for it. */
async function openQueue(world: World) {
  const ownerId = await memberId(world, PEOPLE.owner.email)
  const { token } = await world.operator.change<{ token: string }>('sessionCreate', { memberId: ownerId }, 'token')
  const owner = world.operator.as(token)
  const { queue } = await owner.change<{ queue: { id: string } }>(
    'queueCreate',
    { organizationId: world.id, key: 'TEST', name: 'Tests' },
    'queue { id }',
  )
  await owner.change('issueCreate', { queueId: queue.id, summary: 'The lamp is broken' }, 'issue { key }')
}

async function memberId(world: World, email: string): Promise<string> {
  const { organization } = await world.operator.ask<{ organization: { members: { nodes: { id: string }[] } } }>(
    'query($id: ID!, $text: String!) { organization(id: $id) { members(first: 1, filter: {text: $text}) { nodes { id } } } }',
    { id: world.id, text: email },
  )
  const found = organization.members.nodes[0]
  if (!found) throw new Error(`There is no ${email}`)
  return found.id
}

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
  await expect(page.getByRole('button', { name: 'Edit' })).toBeEnabled({ timeout: 30_000 })
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
  await expect(page.getByText('Status: OPEN → RESOLVED')).toBeVisible()
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
