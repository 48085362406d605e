import { Operator } from './operator'
import { advance, emailOf, invite, makeDepartment, nameOf, PEOPLE, setProfile, subscribe, type World } from './world'

/** The worked example of the sources: 245 seats, 270 from 12 January 2021 on, 260 from the 20th on. */
export const JANUARY = {
  trialEnds: '2020-12-31T09:00:00Z',
  begins: '2021-01-01T06:00:00Z',
  rises: '2021-01-12T07:30:00Z',
  falls: '2021-01-20T09:00:00Z',
  /** As a reader in Moscow is told of the peak. */
  peak: '12 January 2021 at 10:30:00',
}

type Wish = { until?: string; hasDepartments?: boolean }

/** An organization that lived through it, on a test clock that shows 1 February 2021 unless another instant is given. */
export async function makeJanuary({ until = '2021-02-01T09:00:00Z', hasDepartments }: Wish = {}): Promise<World> {
  const world = await makeTrial()
  const departments = hasDepartments ? await makeDepartments(world) : []
  const people = Array.from({ length: 270 }, (_, place) => {
    const departmentId = departments[place < 100 ? 0 : place < 150 ? 1 : 2] ?? null
    return { email: emailOf(world, place + 1), name: nameOf(place + 1), departmentId }
  })
  await invite(world, people)
  await setProfile(world)
  await advance(world, JANUARY.begins)
  const subjects = people.map(({ email }) => ({ email }))
  await subscribe(world, subjects.slice(0, 245))
  await advance(world, JANUARY.rises)
  await subscribe(world, subjects.slice(245))
  await advance(world, JANUARY.falls)
  await unsubscribe(world, subjects.slice(0, 10))
  if (until > JANUARY.falls) await advance(world, until)
  return world
}

/** An organization on a test clock, in a trial that ends on the last day of 2020 unless it has not begun. */
export async function makeTrial({ isActivated = true } = {}): Promise<World> {
  const operator = new Operator()
  const slug = `journey-${crypto.randomUUID().slice(0, 8)}`
  const { testClock } = await operator.change<{ testClock: { id: string } }>(
    'testClockCreate',
    { now: '2020-12-01T09:00:00Z' },
    'testClock { id }',
  )
  const { organization } = await operator.change<{ organization: { id: string } }>(
    'organizationCreate',
    {
      name: `January ${slug.slice(8)}`,
      slug,
      owner: { email: PEOPLE.owner.email, name: PEOPLE.owner.name },
      testClockId: testClock.id,
    },
    'organization { id }',
  )
  const world: World = { id: organization.id, slug, clockId: testClock.id, operator, memberIds: {} }
  if (isActivated) await operator.change('trackerActivate', { organizationId: world.id }, 'organization { id }')
  await invite(world, [PEOPLE.billing, PEOPLE.member])
  return world
}

export const unsubscribe = (world: World, subjects: readonly Record<string, unknown>[]) =>
  world.operator.change('seatsChange', { organizationId: world.id, unsubscribe: subjects }, 'unseatedCount')

/** What was paid, as the bank tells it. */
export const pay = (world: World, amount: string, receivedAt: string, externalReference = `bank-${world.slug}`) =>
  world.operator.change<{ payment: { id: string } }>(
    'paymentRecord',
    { organizationId: world.id, amount, externalReference, receivedAt },
    'payment { id }',
  )

/** 100 people are in sales, 50 in support, the rest in none. */
async function makeDepartments(world: World): Promise<string[]> {
  return [await makeDepartment(world, 'Sales'), await makeDepartment(world, 'Support')]
}
