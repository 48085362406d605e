import { Operator } from './operator'

/** The people that a demo sign-in makes one of; a journey's organization has them too. */
export const PEOPLE = {
  owner: { email: 'owner@demo.example', name: 'Olga Demo', role: 'OWNER' },
  billing: { email: 'bella@demo.example', name: 'Bella Demo', role: 'BILLING_MANAGER' },
  member: { email: 'anna@demo.example', name: 'Anna Petrova', role: 'MEMBER' },
} as const

export type World = { id: string; slug: string; clockId: string; operator: Operator; memberIds: Record<string, string> }

const TRIAL_ENDS = '2026-01-31T09:00:00Z'

type Wish = { people?: number; isTrialOver?: boolean; hasProfile?: boolean }

/** An organization of its own for one journey, on a test clock that shows 1 January 2026 or, after the trial, 10 February. */
export async function makeWorld(
  { people = 12, isTrialOver = true, hasProfile = true }: Wish = {},
  operator = new Operator(),
): Promise<World> {
  const slug = `journey-${crypto.randomUUID().slice(0, 8)}`
  const { testClock } = await operator.change<{ testClock: { id: string } }>(
    'testClockCreate',
    { now: '2026-01-01T09:00:00Z' },
    'testClock { id }',
  )
  const { organization } = await operator.change<{ organization: { id: string } }>(
    'organizationCreate',
    {
      name: `Journey ${slug.slice(8)}`,
      slug,
      owner: { email: PEOPLE.owner.email, name: PEOPLE.owner.name },
      testClockId: testClock.id,
    },
    'organization { id }',
  )
  const world: World = { id: organization.id, slug, clockId: testClock.id, operator, memberIds: {} }
  await operator.change('trackerActivate', { organizationId: world.id }, 'organization { id }')
  await invite(world, [PEOPLE.billing, PEOPLE.member])
  await invite(
    world,
    Array.from({ length: people }, (_, place) => ({ email: emailOf(world, place + 1), name: nameOf(place + 1) })),
  )
  if (hasProfile) await setProfile(world)
  if (isTrialOver) {
    await advance(world, TRIAL_ENDS)
    await advance(world, '2026-02-10T09:00:00Z')
  }
  return world
}

type Invitee = { email: string; name: string; role?: string; login?: string }

/** People who take part at once. */
export async function invite(world: World, people: readonly Invitee[]): Promise<string[]> {
  const ids: string[] = []
  for (let from = 0; from < people.length; from += 1000) {
    const { members } = await world.operator.change<{ members: { id: string; email: string }[] }>(
      'memberInvite',
      {
        organizationId: world.id,
        members: people.slice(from, from + 1000).map((person) => ({ ...person, active: true })),
      },
      'members { id email }',
    )
    for (const member of members) {
      world.memberIds[member.email] = member.id
      ids.push(member.id)
    }
  }
  return ids
}

/** What the people of a journey's organization are called, from 1 on, and their addresses. */
export const nameOf = (number: number) => `Person ${String(number).padStart(5, '0')}`
export const emailOf = ({ slug }: { slug: string }, number: number) =>
  `p${String(number).padStart(5, '0')}@${slug}.example`
export const idOf = (world: World, number: number) => world.memberIds[emailOf(world, number)] ?? ''

/** One of them, and the first so many, as subjects of subscriptions. */
export const person = (world: World, number: number) => ({ email: emailOf(world, number) })
export const people = (world: World, count: number) =>
  Array.from({ length: count }, (_, place) => person(world, place + 1))

export async function makeTeam(world: World, name: string, memberIds: readonly string[] = []): Promise<string> {
  const { team } = await world.operator.change<{ team: { id: string } }>(
    'teamCreate',
    { organizationId: world.id, name, memberIds },
    'team { id }',
  )
  return team.id
}

export async function makeDepartment(world: World, name: string, parentId: string | null = null): Promise<string> {
  const { department } = await world.operator.change<{ department: { id: string } }>(
    'departmentCreate',
    { organizationId: world.id, name, parentId },
    'department { id }',
  )
  return department.id
}

export const advance = (world: World, to: string) =>
  world.operator.change('testClockAdvance', { testClockId: world.clockId, to }, 'testClock { id }')

/** Seats for subjects as the API takes them: `{ email }`, `{ teamId }`, `{ everyone: true }` … */
export const subscribe = (world: World, subjects: readonly Record<string, unknown>[]) =>
  world.operator.change('seatsChange', { organizationId: world.id, subscribe: subjects }, 'seatedCount')

export const setProfile = (world: World) =>
  world.operator.change(
    'billingProfileSet',
    {
      organizationId: world.id,
      legalName: 'OOO Romashka',
      kind: 'LEGAL_ENTITY',
      taxNumber: '7701234567',
      address: 'Moscow, Tverskaya 1',
      bankDetails: 'BIK 044525225',
      contactEmail: 'billing@romashka.example',
      acceptAgreement: true,
    },
    'organization { id }',
  )

export async function usedSeats(world: World): Promise<number> {
  const { organization } = await world.operator.ask<{ organization: { seats: { used: number } } }>(
    'query($id: ID!) { organization(id: $id) { seats { used } } }',
    { id: world.id },
  )
  return organization.seats.used
}

/** Somebody who is there already, as the owner is. */
export async function memberIdOf(world: World, email: string): Promise<string> {
  const { organization } = await world.operator.ask<{ organization: { members: { nodes: { id: string }[] } } }>(
    'query($id: ID!, $text: String!) { organization(id: $id) { members(first: 1, filter: {text: $text}) { nodes { id } } } }',
    { id: world.id, text: email },
  )
  const found = organization.members.nodes[0]
  if (!found) throw new Error(`There is no ${email}`)
  return found.id
}

/** The invoice that was issued last. */
export async function lastInvoice(world: World): Promise<{ id: string; number: string }> {
  const { organization } = await world.operator.ask<{
    organization: { invoices: { nodes: { id: string; number: string }[] } }
  }>('query($id: ID!) { organization(id: $id) { invoices(last: 1) { nodes { id number } } } }', { id: world.id })
  const found = organization.invoices.nodes[0]
  if (!found) throw new Error('There is no invoice')
  return found
}

/** A queue with an issue, `TEST-1`, written by the owner, who needs a seat for it. */
export async function openQueue(world: World): Promise<void> {
  const memberId = await memberIdOf(world, PEOPLE.owner.email)
  const { token } = await world.operator.change<{ token: string }>('sessionCreate', { memberId }, 'token')
  const owner = world.operator.as(token)
  const { queue } = await owner.change<{ queue: { id: string } }>(
    'queueCreate',
    { organizationId: world.id, key: 'TEST', name: 'Tests' },
    'queue { id }',
  )
  await owner.change('issueCreate', { queueId: queue.id, summary: 'The lamp is broken' }, 'issue { key }')
}
