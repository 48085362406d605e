import { useState } from 'react'

import { type Refusal, useChange } from '../../graphql/refusals'
import { useSession } from '../../session/Session'
import { useOrganization } from '../../shell/OrganizationShell'
import { type RefusedFile, readRoster, type Roster } from './file'
import { ApplyRosterDocument, type ApplyRosterMutation } from './roster.generated'

export type Compared = Extract<ApplyRosterMutation['directoryApply'], { __typename: 'DirectoryApplyPayload' }>

export type Step =
  | { at: 'file' }
  | { at: 'comparing' | 'applying'; roster: Roster }
  | { at: 'unreadable'; refusal: RefusedFile }
  | { at: 'refused'; roster: Roster; refusal: Refusal | null }
  | { at: 'compared'; roster: Roster; compared: Compared }
  | { at: 'applied'; roster: Roster; compared: Compared }

/** First the differences and the price, then the same roster again with what was shown as its conditions. */
export function useRoster() {
  const { id } = useOrganization()
  const { bump } = useSession()
  const [step, setStep] = useState<Step>({ at: 'file' })
  const { change } = useChange(ApplyRosterDocument)
  const compare = async (text: string, maxDeactivations: number | null) => {
    const { roster, refusal } = readRoster(text)
    if (refusal) {
      setStep({ at: 'unreadable', refusal })
      return
    }
    setStep({ at: 'comparing', roster })
    const input = { organizationId: id, members: roster.members, maxDeactivations, dryRun: true }
    const outcome = await change({ input })
    // What the file alone refuses is told together with what the server refuses.
    if (!outcome.done || roster.refused.length > 0) setStep({ at: 'refused', roster, refusal: outcome.refusal })
    else setStep({ at: 'compared', roster, compared: outcome.done })
  }
  /** Nobody is deactivated, and nothing paid, beyond what was shown. */
  const apply = async (roster: Roster, compared: Compared) => {
    setStep({ at: 'applying', roster })
    const outcome = await change({
      input: {
        organizationId: id,
        members: roster.members,
        maxDeactivations: compared.differences.deactivated.count,
        expectedTotal: compared.price?.totalAfter.amount ?? null,
      },
    })
    if (!outcome.done) {
      setStep({ at: 'refused', roster, refusal: outcome.refusal })
      return
    }
    bump()
    setStep({ at: 'applied', roster, compared: outcome.done })
  }
  const refuse = (refusal: RefusedFile) => {
    setStep({ at: 'unreadable', refusal })
  }
  const begin = () => {
    setStep({ at: 'file' })
  }
  return { step, compare, apply, refuse, begin }
}
