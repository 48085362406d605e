import { useCallback, useContext, useEffect, useState } from 'react'
import { type OperationResult, useClient } from 'urql'

import type { ChangeInput } from '../../graphql/generated/schema'
import { Revision } from '../../graphql/live'
import { type Refusal, refusalOf } from '../../graphql/refusals'
import { useOrganization } from '../../shell/OrganizationShell'
import { type ImpactFragment, WhatIfDocument, type WhatIfQuery, type WhatIfQueryVariables } from './impact.generated'

type Answer = {
  key: string
  month: string
  /** How many seats the month takes without costing more, as things stand. */
  headroom: number
  impact: ImpactFragment | null
  /** What is wrong with the change itself, at the input it is about. */
  refusal: Refusal | null
  /** The price that was told for the same change before, where it is another now. */
  earlier: ImpactFragment | null
}

export type WhatIfAnswer = Omit<Answer, 'key'> & {
  /** What is shown is of another choice, or of another time: nobody should agree to it yet. */
  isAsking: boolean
  again: () => void
}

/** Milliseconds that a choice rests before it is asked about. */
const REST = 300

const NOTHING = { month: '', headroom: 0, impact: null, refusal: null, earlier: null }

/**
 * What a change would do and cost: asked when the choice rests, and again whenever something happened meanwhile.
 * The same change must be written alike, part by part, to be known as the same.
 */
export function useWhatIf(change: ChangeInput | null): WhatIfAnswer {
  const client = useClient()
  const { slug } = useOrganization()
  const revision = useContext(Revision)
  const [turn, setTurn] = useState(0)
  const [answer, setAnswer] = useState<(Answer & { asked: string }) | null>(null)
  const key = change === null ? null : JSON.stringify(change)
  const asked = `${String(revision)} ${String(turn)} ${key ?? ''}`
  useEffect(() => {
    if (key === null) return
    let isCurrent = true
    const ask = async () => {
      const variables = { slug, change: JSON.parse(key) as ChangeInput }
      const result = await client.query(WhatIfDocument, variables, { requestPolicy: 'network-only' }).toPromise()
      if (isCurrent) setAnswer((before) => ({ ...answerOf(key, result, before), asked }))
    }
    const timer = setTimeout(() => void ask(), REST)
    return () => {
      isCurrent = false
      clearTimeout(timer)
    }
  }, [client, slug, key, asked])
  const again = useCallback(() => {
    setTurn((before) => before + 1)
  }, [])
  if (key === null) return { ...NOTHING, isAsking: false, again }
  return { ...(answer ?? NOTHING), isAsking: answer?.asked !== asked, again }
}

function answerOf(key: string, result: OperationResult<WhatIfQuery, WhatIfQueryVariables>, before: Answer | null) {
  const preview = result.data?.organization?.invoicePreview
  const impact = preview?.impact ?? null
  const refusal = result.error && !impact ? atInput(refusalOf(result.error)) : null
  const told = before?.key === key ? (before.earlier ?? before.impact) : null
  const earlier = impact && told && costsElse(told, impact) ? told : null
  return { key, month: preview?.month ?? '', headroom: preview?.headroom ?? 0, impact, refusal, earlier }
}

const costsElse = (one: ImpactFragment, other: ImpactFragment) =>
  (['totalAfter', 'ifNothingChangesAfter', 'nextMonthAfter'] as const).some(
    (what) => one[what].amount !== other[what].amount,
  )

/** A what-if names its inputs below `change`, a change below `input`: pages know the second. */
function atInput(refusal: Refusal): Refusal {
  return {
    ...refusal,
    problems: refusal.problems.map((one) => ({ ...one, path: ['input', ...one.path.slice(1)] })),
  }
}
