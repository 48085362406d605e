import { RotateCw } from 'lucide-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'

import { problemsElsewhere } from '../../graphql/refusals'
import { useFormats } from '../../i18n/format'
import { Badge } from '../../ui/Badge'
import { Card } from '../../ui/Card'
import { DataTable } from '../../ui/DataTable'
import { ICON, IconButton } from '../../ui/IconButton'
import { Empty, Notice } from '../../ui/Notice'
import { useOperatorChange } from './changes'
import type { Overview } from './Jobs'
import { RetryJobDocument } from './jobs.generated'

type Month = Overview['parkedMonths'][number]

/** Months that could not be closed: the months after them wait. What the server says of why is English. */
export function ParkedMonths({ overview }: { overview: Overview }) {
  const { t } = useTranslation('operator')
  const format = useFormats()
  const [tried, setTried] = useState<Month | null>(null)
  const { change, isPending, refusal } = useOperatorChange(RetryJobDocument)
  const words = tried && { organization: tried.organization.name, month: format.month(tried.month) }
  const isClosed = tried !== null && !isPending && !refusal
  return (
    <Card title={t('jobs.monthsTitle', { count: overview.parkedMonthCount })}>
      {words && refusal && (
        <Notice tone="bad" title={t('jobs.monthRefused', words)}>
          {problemsElsewhere(refusal, []).join(' ')}
        </Notice>
      )}
      {words && isClosed && <Notice tone="good">{t('jobs.monthClosed', words)}</Notice>}
      <DataTable
        label={t('jobs.months')}
        items={overview.parkedMonths}
        empty={<Empty title={t('jobs.noMonths')}>{t('jobs.noMonthsHint')}</Empty>}
        height={420}
        columns={[
          {
            id: 'whom',
            name: t('organizations.name'),
            isRowHeader: true,
            minWidth: 200,
            cell: ({ organization: { slug, name, testClock } }) => (
              <>
                <Link to={`/operator/organizations/${slug}`}>{name}</Link>
                {testClock && <Badge>{t('organizations.onClock')}</Badge>}
              </>
            ),
          },
          { id: 'month', name: t('invoices.month'), width: 150, cell: (one) => format.month(one.month) },
          {
            id: 'why',
            name: t('reason'),
            minWidth: 280,
            cell: (one) => one.parkedReason,
          },
          {
            id: 'actions',
            name: t('actions'),
            width: 100,
            cell: (one) => (
              <IconButton
                label={t('jobs.retry')}
                describes={`${one.organization.name}, ${format.month(one.month)}`}
                isDisabled={isPending}
                onPress={() => {
                  setTried(one)
                  void change({ input: { statementId: one.id } })
                }}
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
