import type { MemberStatus, Role } from '../../graphql/generated/schema'

export const STATUSES: readonly MemberStatus[] = ['ACTIVE', 'INVITED', 'DEACTIVATED']
export const ROLES: readonly Role[] = ['OWNER', 'ADMIN', 'BILLING_MANAGER', 'MEMBER']

export const STATUS_TONES = { ACTIVE: 'good', INVITED: 'warn', DEACTIVATED: 'bad' } as const
export const ACCESS_TONES = { FULL: 'good', READ_ONLY: 'warn', NONE: 'bad' } as const

/** What nobody gives above their own (R2.3): an admin makes no owner and no billing manager. */
export const GIVES: Record<Role, readonly Role[]> = {
  OWNER: ROLES,
  ADMIN: ['ADMIN', 'MEMBER'],
  BILLING_MANAGER: [],
  MEMBER: [],
}
