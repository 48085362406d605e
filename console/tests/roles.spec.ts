import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import { expect, signInAs, test } from './support/journey'
import {
  advance,
  idOf,
  invite,
  lastInvoice,
  makeDepartment,
  makeTeam,
  makeWorld,
  openQueue,
  PEOPLE,
  person,
  subscribe,
  type World,
} from './support/world'

type Made = { world: World; memberId: string; teamId: string; departmentId: string; invoiceId: string }

/** Something on every page: seats and who waits for one, groups, an issue, and a month that was billed. */
async function makeEverything(): Promise<Made> {
  const world = await makeWorld({ people: 8 })
  const { operator, id: organizationId } = world
  const memberId = idOf(world, 1)
  const departmentId = await makeDepartment(world, 'Sales')
  await operator.change('memberUpdate', { memberId, departmentId }, 'member { id }')
  const teamId = await makeTeam(world, 'Support', [memberId])
  await operator.change(
    'seatsChange',
    { organizationId, subscribe: [{ everyone: true }], joins: 'WITHIN_PEAK' },
    'seatedCount',
  )
  await subscribe(world, [person(world, 1)])
  await openQueue(world)
  await advance(world, '2026-03-02T09:00:00Z')
  await invite(world, [{ email: `late@${world.slug}.example`, name: 'Late One' }])
  const { id: invoiceId } = await lastInvoice(world)
  return { world, memberId, teamId, departmentId, invoiceId }
}

const READS = 'You can read everything and change it.'

const NOT_FOR_MEMBERS = {
  seats: 'You cannot see who has a seat here.',
  change: 'You cannot change who has a seat here.',
  waiting: 'You cannot see who waits here.',
  money: 'What the seats cost is seen by owners, admins and billing managers.',
}

/** Every address, by the route that it is of, and what each of the two is to find there. */
const addresses = (made: Made): [route: string, address: string, billing: string, member: string][] => {
  const { memberId, teamId, departmentId, invoiceId } = made
  const { seats, change, waiting, money } = NOT_FOR_MEMBERS
  return [
    ['', '', 'Who has one', READS],
    ['access', '/access', READS, READS],
    ['issues', '/issues', 'The lamp is broken', 'The lamp is broken'],
    ['issues/:key', '/issues/TEST-1', 'The lamp is broken', 'The lamp is broken'],
    ['seats', '/seats', 'Person 00001', seats],
    ['seats', '/seats?view=holders', 'Person 00001', seats],
    ['seats', '/seats?view=ended', 'Ended', seats],
    ['seats/change', `/seats/change?remove=member:${memberId}`, change, change],
    ['waiting', '/waiting', 'Late One', waiting],
    ['people', '/people', 'Person 00001', 'Person 00001'],
    ['people', `/people?department=${departmentId}`, 'Person 00001', 'Person 00001'],
    ['people/:memberId', `/people/${memberId}`, 'Support', 'Support'],
    ['departments', `/departments?open=${departmentId}`, 'Sales', 'Sales'],
    ['teams', '/teams', 'Support', 'Support'],
    ['teams', '/teams?text=Supp', 'Support', 'Support'],
    ['teams/:teamId', `/teams/${teamId}`, 'Person 00001', 'Person 00001'],
    ['roster', '/roster', 'Olga Demo', 'Olga Demo'],
    ['settings', '/settings', 'Language of mails', 'Language of mails'],
    ['billing', '/billing', 'March 2026', money],
    ['month', '/month?month=2026-02', 'February 2026', money],
    ['month', '/month?month=2026-02&holders=1', 'Person 00001', money],
    ['invoices', '/invoices', 'February 2026', money],
    ['invoices', '/invoices?view=months', 'February 2026', money],
    ['invoices/:invoiceId', `/invoices/${invoiceId}`, 'February 2026', money],
    ['invoices/:invoiceId', `/invoices/${invoiceId}?holders=1`, 'Person 00001', money],
    ['hindsight', '/hindsight?month=2026-02', 'Person 00001', money],
    ['account', '/account', 'OOO Romashka', money],
  ]
}

/** The addresses within an organization that there are, as the router has them. */
function routesOfOrganizations(): string[] {
  const source = readFileSync(join(import.meta.dirname, '../src/routes.tsx'), 'utf8')
  return [...source.slice(source.indexOf("'o/:slug'")).matchAll(/page\('([^']*)'/g)].map((found) => found[1] ?? '')
}

for (const [who, column] of [
  ['billing', 2],
  ['member', 3],
] as const) {
  test(`${PEOPLE[who].name} finds on every page what is theirs to see, and never an error`, async ({ page }) => {
    test.setTimeout(180_000)
    const made = await makeEverything()
    const all = addresses(made)
    expect([...new Set(all.map(([route]) => route))].sort()).toEqual(routesOfOrganizations().sort())
    await signInAs(page, who, `/o/${made.world.slug}/access`)
    for (const one of all) {
      const address = `/o/${made.world.slug}${one[1]}`
      await page.goto(address)
      await expect.soft(page.getByText(one[column]).filter({ visible: true }).first(), address).toBeVisible()
      await expect.soft(page.getByRole('progressbar'), address).toHaveCount(0)
      await expect.soft(page.getByRole('alert'), address).toHaveCount(0)
      await expect.soft(page.getByRole('button', { name: 'Try again' }), address).toHaveCount(0)
    }
  })
}
