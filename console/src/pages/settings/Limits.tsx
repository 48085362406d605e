import { useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'

import type { ChangeInput } from '../../graphql/generated/schema'
import { problemsAt, useChange } from '../../graphql/refusals'
import type { Money } from '../../i18n/format'
import { useFormats } from '../../i18n/format'
import { useMay, useOrganization } from '../../shell/OrganizationShell'
import { Beside } from '../../ui/Beside'
import { Button } from '../../ui/Button'
import { Card } from '../../ui/Card'
import { TextField } from '../../ui/Field'
import { Notice, RefusalNotice } from '../../ui/Notice'
import { Form } from '../../ui/Page'
import { AskedImpact } from '../impact/Impact'
import { useWhatIf } from '../impact/useWhatIf'
import { readAmount, readCount } from './numbers'
import { UpdateOrganizationDocument } from './settings.generated'

type SeatLimits = { used: number; limit: number; seatCap: number | null; budget: Money | null }

const SHOWN = ['seatCap', 'budget']

/** The organization's own limits, and what would come of them (R3.7): nobody loses a seat by them. */
export function Limits({ seats }: { seats: SeatLimits }) {
  const { t } = useTranslation('settings')
  const format = useFormats()
  const may = useMay()
  const { id: organizationId, currency } = useOrganization()
  const [cap, setCap] = useState(seats.seatCap === null ? '' : String(seats.seatCap))
  const [budget, setBudget] = useState(seats.budget === null ? '' : seats.budget.amount.replace(/\.0+$/, ''))
  const { wanted, isReadable } = useWanted(seats, cap, budget)
  const whatIf = useWhatIf(may('BILLING_VIEW') && may('SEAT_VIEW') ? wanted : null)
  const { change, isPending, refusal } = useChange(UpdateOrganizationDocument)
  const told = refusal ?? whatIf.refusal
  const save = () => {
    if (wanted) void change({ input: { organizationId, ...wanted } })
  }
  return (
    <Card title={t('limits.title')} isWide>
      <p className="soft">{t('limits.lead', { used: format.number(seats.used), limit: format.number(seats.limit) })}</p>
      <Beside aside={wanted && <AskedImpact whatIf={whatIf} shown={SHOWN} />}>
        <Form onSubmit={save} label={t('limits.title')}>
          <RefusalNotice refusal={refusal} shown={SHOWN} />
          <TextField
            label={t('limits.cap')}
            hint={t('limits.capHint')}
            value={cap}
            onChange={setCap}
            inputMode="numeric"
            problems={readCount(cap) === undefined ? [t('limits.notCount')] : problemsAt(told, 'seatCap')}
          />
          <TextField
            label={t('limits.budget', { currency })}
            hint={t('limits.budgetHint')}
            value={budget}
            onChange={setBudget}
            inputMode="decimal"
            problems={readAmount(budget) === undefined ? [t('limits.notAmount')] : problemsAt(told, 'budget')}
          />
          {wanted && isLower(seats, wanted) && <Notice>{t('limits.nobody')}</Notice>}
          <Button type="submit" look="primary" isDisabled={!wanted || !isReadable} isPending={isPending}>
            {t('limits.save')}
          </Button>
        </Form>
      </Beside>
    </Card>
  )
}

type Wanted = Pick<ChangeInput, 'seatCap' | 'budget'>

/** What was typed that is other than what holds; null for nothing. An empty input takes the limit away. */
function useWanted(seats: SeatLimits, cap: string, budget: string) {
  return useMemo(() => {
    const [seatCap, amount] = [readCount(cap), readAmount(budget)]
    const wanted: Wanted = {}
    if (seatCap !== undefined && seatCap !== seats.seatCap) wanted.seatCap = seatCap
    const before = seats.budget === null ? null : Number(seats.budget.amount)
    if (amount !== undefined && (amount === null ? null : Number(amount)) !== before) wanted.budget = amount
    const isReadable = seatCap !== undefined && amount !== undefined
    return { wanted: Object.keys(wanted).length > 0 ? wanted : null, isReadable }
  }, [seats, cap, budget])
}

const isLower = (seats: SeatLimits, wanted: Wanted) =>
  wanted.seatCap !== undefined && wanted.seatCap !== null && wanted.seatCap < seats.used
