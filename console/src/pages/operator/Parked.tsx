import { RotateCw } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'

import { useFormats } from '../../i18n/format'
import { Card } from '../../ui/Card'
import { DataTable } from '../../ui/DataTable'
import { ICON, IconButton } from '../../ui/IconButton'
import { Empty, RefusalNotice } from '../../ui/Notice'
import { useOperatorChange } from './changes'
import { useJobName } from './jobName'
import type { Overview } from './Jobs'
import { RetryJobDocument } from './jobs.generated'

/** Work that failed too often, and waits for somebody. */
export function Parked({ overview }: { overview: Overview }) {
  const { t } = useTranslation('operator')
  const format = useFormats()
  const nameOf = useJobName()
  const { change, isPending, refusal } = useOperatorChange(RetryJobDocument)
  return (
    <Card title={t('jobs.parkedTitle', { count: overview.parkedCount })}>
      <RefusalNotice refusal={refusal} />
      <DataTable
        label={t('jobs.parked')}
        items={overview.parked}
        empty={<Empty title={t('jobs.noneParked')}>{t('jobs.noneParkedHint')}</Empty>}
        height={420}
        columns={[
          { id: 'job', name: t('jobs.name'), isRowHeader: true, width: 224, cell: (one) => nameOf(one.job) },
          {
            id: 'whom',
            name: t('jobs.whom'),
            width: 170,
            cell: (one) =>
              one.organization ? (
                <Link to={`/operator/organizations/${one.organization.slug}`}>{one.organization.name}</Link>
              ) : (
                <code title={one.subjectId}>{one.subjectId}</code>
              ),
          },
          {
            id: 'error',
            name: t('jobs.error'),
            minWidth: 150,
            cell: (one) => <code title={one.error}>{one.error}</code>,
          },
          { id: 'tries', name: t('jobs.tries'), width: 90, isNumber: true, cell: (one) => format.number(one.tries) },
          { id: 'parked', name: t('jobs.since'), width: 194, cell: (one) => format.instant(one.parkedAt) },
          {
            id: 'actions',
            name: t('actions'),
            width: 92,
            cell: (one) => (
              <IconButton
                label={t('jobs.retry')}
                describes={nameOf(one.job)}
                isDisabled={isPending}
                onPress={() => void change({ input: { parkedJobId: one.id } })}
              >
                <RotateCw {...ICON} />
              </IconButton>
            ),
          },
        ]}
      />
    </Card>
  )
}
