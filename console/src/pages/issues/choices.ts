import type { IssueStatus, IssueType, Priority, Resolution } from '../../graphql/generated/schema'

export const STATUSES: readonly IssueStatus[] = ['OPEN', 'IN_PROGRESS', 'NEED_INFO', 'RESOLVED', 'CLOSED']
export const TYPES: readonly IssueType[] = ['TASK', 'BUG', 'IMPROVEMENT', 'QUESTION']
export const PRIORITIES: readonly Priority[] = ['BLOCKER', 'CRITICAL', 'NORMAL', 'MINOR', 'TRIVIAL']
export const RESOLUTIONS: readonly Resolution[] = ['FIXED', 'WONT_FIX', 'DUPLICATE', 'CANNOT_REPRODUCE']

/** Statuses that an issue reaches with a resolution. */
export const takesResolution = (status: IssueStatus) => status === 'RESOLVED' || status === 'CLOSED'

export const STATUS_TONES = {
  OPEN: 'plain',
  IN_PROGRESS: 'plain',
  NEED_INFO: 'warn',
  RESOLVED: 'good',
  CLOSED: 'good',
} as const
