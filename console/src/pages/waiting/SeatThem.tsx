import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'

import { useChange } from '../../graphql/refusals'
import { useOrganization } from '../../shell/OrganizationShell'
import { Button } from '../../ui/Button'
import { Card } from '../../ui/Card'
import { RefusalNotice } from '../../ui/Notice'
import { AskedImpact } from '../impact/Impact'
import { useWhatIf } from '../impact/useWhatIf'
import { useMade } from '../seats/undo'
import { SeatWaitingDocument } from './waiting.generated'

type SeatThemProps = { memberIds: readonly string[]; onDone: () => void }

/** The price of seating those who were chosen, and then seating them. */
export function SeatThem({ memberIds, onDone }: SeatThemProps) {
  const { t } = useTranslation('waiting')
  const { id: organizationId } = useOrganization()
  const { keepDone } = useMade()
  const change = useMemo(
    () => (memberIds.length === 0 ? null : { seatWaitingMemberIds: [...memberIds].sort() }),
    [memberIds],
  )
  const whatIf = useWhatIf(change)
  const { change: seat, isPending, refusal } = useChange(SeatWaitingDocument)
  const confirm = async () => {
    const expectedTotal = whatIf.impact?.totalAfter.amount
    const { done } = await seat({ input: { organizationId, memberIds: [...memberIds], expectedTotal } })
    if (!done) {
      whatIf.again()
      return
    }
    onDone()
    keepDone(done, 0)
  }
  if (memberIds.length === 0) {
    return (
      <Card title={t('cost')}>
        <p className="soft">{t('choose')}</p>
      </Card>
    )
  }
  return (
    <Card title={t('cost')}>
      <AskedImpact whatIf={whatIf} />
      <RefusalNotice refusal={refusal} shown={['expectedTotal']} />
      <Button
        look="primary"
        isDisabled={whatIf.isAsking || !whatIf.impact || whatIf.impact.refusals.length > 0}
        isPending={isPending}
        onPress={() => void confirm()}
      >
        {t('seat', { count: memberIds.length })}
      </Button>
    </Card>
  )
}
