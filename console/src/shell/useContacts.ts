import type { Role } from '../graphql/generated/schema'
import { useOrganization, useOwnMember } from './OrganizationShell'

/** Who may do everything here. */
export const OWNERS: readonly Role[] = ['OWNER']

/** Whom the reader can ask for something that takes one of these roles: never the reader. */
export function useContacts(roles: readonly Role[] = ['OWNER', 'ADMIN']) {
  const { contacts } = useOrganization()
  const own = useOwnMember()
  return contacts.filter((one) => roles.includes(one.role) && one.id !== own?.id)
}
