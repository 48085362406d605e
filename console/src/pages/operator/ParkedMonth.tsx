import { useTranslation } from 'react-i18next'

import { useLiveQuery } from '../../graphql/live'
import { useFormats } from '../../i18n/format'
import { Button } from '../../ui/Button'
import { Notice, RefusalNotice } from '../../ui/Notice'
import { useOperatorChange } from './changes'
import { RetryJobDocument } from './jobs.generated'
import { ParkedMonthDocument } from './money.generated'

/** A month that could not be billed is the last that closed, for later ones wait for it; closing it after all (R5.4). */
export function ParkedMonth({ slug }: { slug: string }) {
  const { t } = useTranslation('operator')
  const format = useFormats()
  const [{ data }] = useLiveQuery({ query: ParkedMonthDocument, variables: { slug } })
  const { change, isPending, refusal } = useOperatorChange(RetryJobDocument)
  const last = data?.organization?.statements?.nodes[0]
  if (last?.outcome !== 'PARKED') return null
  return (
    <>
      <RefusalNotice refusal={refusal} />
      <Notice
        tone="warn"
        title={t('invoices.parked', { month: format.month(last.month) })}
        actions={
          <Button isPending={isPending} onPress={() => void change({ input: { statementId: last.id } })}>
            {t('invoices.closeAgain')}
          </Button>
        }
      >
        {last.parkedReason} {t('invoices.parkedWords')}
      </Notice>
    </>
  )
}
