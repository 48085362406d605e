/** What raised a peak, as the ledger tells it in English: "25 subscribed, joined a team". */
const KNOWN = {
  'joined the organization': 'joinedOrganization',
  'accepted an invitation': 'acceptedInvitation',
  'invitation was revoked': 'invitationRevoked',
  'joined a team': 'joinedTeam',
  'left a team': 'leftTeam',
  'left and joined a team': 'changedTeam',
  'team was deleted': 'teamDeleted',
  'moved to another department': 'movedDepartment',
  'department was moved': 'departmentMoved',
  'was deactivated': 'deactivated',
  'came back': 'cameBack',
  'was erased': 'erased',
  'a roster was applied': 'rosterApplied',
  'a new month began': 'monthBegan',
  'a contract was recorded': 'contractRecorded',
  'a legacy baseline was set': 'baselineSet',
  'a promo code was redeemed': 'promoRedeemed',
  'the billing profile was set': 'profileSet',
  "the organization's limits were changed": 'limitsChanged',
  'the trial was extended': 'trialExtended',
  'undid a change': 'undone',
  'nothing changed': 'nothing',
} as const

const COUNTED = {
  subscribed: 'subscribed',
  unsubscribed: 'unsubscribed',
  'seated who waited': 'seatedWaiting',
} as const

type CausePart =
  | { key: (typeof KNOWN)[keyof typeof KNOWN]; count: null }
  | { key: (typeof COUNTED)[keyof typeof COUNTED]; count: number }

/** Its parts, to be said in any language; null where the ledger says something that we have no words for. */
export function causeParts(description: string): CausePart[] | null {
  const parts = description.split(', ').map(partOf)
  return parts.every((part) => part !== null) ? parts : null
}

function partOf(text: string): CausePart | null {
  const counted = /^(\d+) (.*)$/.exec(text)
  const countedKey = COUNTED[(counted?.[2] ?? '') as keyof typeof COUNTED] as (typeof COUNTED)['subscribed'] | undefined
  if (countedKey) return { key: countedKey, count: Number(counted?.[1]) }
  const key = KNOWN[text as keyof typeof KNOWN] as (typeof KNOWN)['came back'] | undefined
  return key ? { key, count: null } : null
}

/** What a discount is called, out of the sentence that the invoice stores: "Promo code SPRING". */
export function discountName(description: string): string {
  return /^(?:Price kept: |Promo code )(.*)$/s.exec(description)?.[1] ?? description
}
