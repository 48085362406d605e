import type { InvoiceState, StatementOutcome } from '../../graphql/generated/schema'

export const STATES: readonly InvoiceState[] = ['ISSUED', 'OVERDUE', 'PAID', 'VOID']

export const STATE_TONES = { ISSUED: 'warn', OVERDUE: 'bad', PAID: 'good', VOID: 'plain' } as const satisfies Record<
  InvoiceState,
  string
>

export const OUTCOME_TONES = {
  BILLED: 'good',
  FREE: 'plain',
  TRIAL: 'plain',
  PARKED: 'bad',
} as const satisfies Record<StatementOutcome, string>
