/** How a state of an organization looks; the words beside it say it too. */
export const STATE_TONES = {
  NOT_ACTIVATED: 'plain',
  TRIAL: 'good',
  SUBSCRIBED: 'good',
  RETENTION: 'warn',
  CLOSED: 'warn',
  PURGING: 'bad',
  PURGED: 'bad',
} as const
