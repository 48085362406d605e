import { Operator } from './operator'
import { advance, makeWorld, people, setProfile, subscribe, type World } from './world'

/** A private list under which 20 seats are free, so that nobody is asked who pays. */
export async function makePrivateList(name: string): Promise<string> {
  const { priceList } = await new Operator().change<{ priceList: { id: string } }>(
    'priceListCreate',
    {
      name,
      currency: 'RUB',
      isPublic: false,
      effectiveFrom: '2026-01',
      freeThreshold: 20,
      tiers: [{ unitPrice: '100' }],
      vatIncluded: true,
    },
    'priceList { id }',
  )
  return priceList.id
}

/**
 * Six seats whose March 2026 cannot be billed, for nobody said who pays: in February, under a contract, they were free.
 * The clock shows 2 April.
 */
export async function makeParked(): Promise<World> {
  const world = await makeWorld({ hasProfile: false })
  const priceListId = await makePrivateList(`Free ${world.slug}`)
  const months = { fromMonth: '2026-02', toMonth: '2026-02' }
  await world.operator.change(
    'contractSet',
    { organizationId: world.id, seatLimit: 100, priceListId, ...months },
    'organization { id }',
  )
  await subscribe(world, people(world, 6))
  await advance(world, '2026-04-02T09:00:00Z')
  return world
}

export { setProfile }
