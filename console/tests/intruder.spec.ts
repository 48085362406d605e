import { expect, signInAs, test } from './support/journey'
import { Operator } from './support/operator'
import { advance, idOf, lastInvoice, makeTeam, makeWorld, PEOPLE, people, subscribe, usedSeats } from './support/world'

/** Somebody else's organization, in which none of the demo people is. */
async function makeStranger(): Promise<{ slug: string; id: string; memberId: string }> {
  const operator = new Operator()
  const slug = `stranger-${crypto.randomUUID().slice(0, 8)}`
  const { organization } = await operator.change<{ organization: { id: string } }>(
    'organizationCreate',
    { name: 'Somebody else', slug, owner: { email: `owner@${slug}.example`, name: 'Sergey Stranger' } },
    'organization { id }',
  )
  const { organization: found } = await operator.ask<{ organization: { members: { nodes: { id: string }[] } } }>(
    'query($id: ID!) { organization(id: $id) { members(first: 1) { nodes { id } } } }',
    { id: organization.id },
  )
  return { slug, id: organization.id, memberId: found.members.nodes[0]?.id ?? '' }
}

const nothing = 'There is nothing at this address, or it is not yours to see.'

test('who edits ids in addresses finds nothing of others, and nothing that tells whether it exists', async ({
  page,
}) => {
  const [world, stranger] = [await makeWorld(), await makeStranger()]
  await signInAs(page, 'owner', `/o/${world.slug}`)
  const places = [
    `/o/${stranger.slug}`,
    `/o/${stranger.slug}/people`,
    `/o/no-such-organization`,
    `/o/${world.slug}/people/${encodeURIComponent(stranger.memberId)}`,
    `/o/${world.slug}/people/no-such-id`,
    `/o/${world.slug}/invoices/${encodeURIComponent(stranger.id)}`,
    `/o/${world.slug}/issues/NONE-1`,
    `/o/${world.slug}/teams/${encodeURIComponent(stranger.id)}`,
    `/operator`,
    `/operator/organizations/${stranger.slug}`,
  ]
  for (const place of places) {
    await page.goto(place)
    await expect(page.getByText(nothing), place).toBeVisible()
    await expect(page.getByText('Sergey Stranger')).toHaveCount(0)
  }
})

test('what is of another organization of the same reader is not shown as if it were of this one', async ({ page }) => {
  const [here, other] = [await makeWorld(), await makeWorld()]
  await subscribe(other, people(other, 6))
  const memberId = idOf(other, 1)
  const teamId = await makeTeam(other, 'Their team')
  await advance(other, '2026-03-02T09:00:00Z')
  const { id: invoiceId } = await lastInvoice(other)
  const places = [`invoices/${invoiceId}`, `people/${memberId}`, `teams/${teamId}`]
  await signInAs(page, 'owner', `/o/${other.slug}`)
  for (const place of places) {
    await page.goto(`/o/${other.slug}/${place}`)
    await expect(page.getByRole('heading', { level: 1 }), place).toHaveText(/Invoice|Person 00001|Their team/)
    await page.goto(`/o/${here.slug}/${place}`)
    await expect(page.getByText(nothing), place).toBeVisible()
  }
  await page.goto(`/o/${here.slug}/seats/change?remove=member:${memberId}&remove=team:${teamId}`)
  await expect(page.getByText('Not here any more')).toHaveCount(2)
  await expect(page.getByText('Their team')).toHaveCount(0)
  await page.goto(`/o/${here.slug}/people?team=${teamId}`)
  await expect(page.getByRole('combobox', { name: 'Department' })).toBeVisible()
  await expect(page.getByRole('combobox', { name: 'Team' })).toHaveValue('')
})

test('a member who goes to an administrator’s pages changes nothing and is told so', async ({ page }) => {
  const world = await makeWorld()
  await subscribe(world, [{ email: PEOPLE.owner.email }])
  await signInAs(page, 'member', `/o/${world.slug}/access`)
  const told = await page.evaluate(change, { organizationId: world.id, email: PEOPLE.member.email })
  expect(told).toBe('FORBIDDEN')
  expect(await usedSeats(world)).toBe(1)
})

test('another site’s page cannot use the cookie, nor can one without our header', async ({ page }) => {
  const world = await makeWorld()
  await signInAs(page, 'owner', `/o/${world.slug}`)
  const status = await page.evaluate(async () => {
    const answer = await fetch('/graphql', { method: 'POST', body: '{"query": "{ viewer { kind } }"}' })
    return answer.status
  })
  expect(status).toBe(403)
})

test('a link to signing in cannot lead somebody who does to another site', async ({ page, baseURL }) => {
  const left: string[] = []
  page.on('request', (request) => {
    if (request.isNavigationRequest() && !request.url().startsWith(String(baseURL))) left.push(request.url())
  })
  for (const elsewhere of ['/\\evil.example/', '//evil.example/', '/\t/evil.example/', 'https://evil.example/']) {
    await page.goto(`/sign-in?returnTo=${encodeURIComponent(elsewhere)}`)
    await page.getByRole('button', { name: /Olga/ }).click()
    await expect(page.getByRole('button', { name: /Sign out/ })).toBeVisible()
  }
  expect(left).toEqual([])
})

/** In the page: a change as the console would send it, typed by hand. */
async function change({ organizationId, email }: { organizationId: string; email: string }) {
  const answer = await fetch('/graphql', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', 'X-Seatmark-Client': 'console' },
    body: JSON.stringify({
      query:
        'mutation($input: SeatsChangeInput!) { seatsChange(input: $input) { __typename ... on UserError { code } } }',
      variables: { input: { organizationId, subscribe: [{ email }] } },
    }),
  })
  const told = (await answer.json()) as { data: { seatsChange: { code?: string } } }
  return told.data.seatsChange.code
}
