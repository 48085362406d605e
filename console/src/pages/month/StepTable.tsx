import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'

import { useFormats } from '../../i18n/format'
import { Badge } from '../../ui/Badge'
import { DataTable, type TableColumn } from '../../ui/DataTable'
import { Empty } from '../../ui/Notice'
import { stepAt, type Step } from './steps'

type Row = { id: string; place: number }
type StepTableProps = { label: string; steps: readonly Step[]; until: number; timeZone: string; peakAt: number | null }

/** The same steps as rows. */
export function StepTable({ label, steps, until, timeZone, peakAt }: StepTableProps) {
  const { t } = useTranslation('month')
  const rows = useMemo(() => steps.map((_, place) => ({ id: String(place), place })), [steps])
  const columns = useColumns(steps, until, timeZone, peakAt)
  return <DataTable label={label} columns={columns} items={rows} height={480} empty={<Empty title={t('nothing')} />} />
}

function useColumns(
  steps: readonly Step[],
  until: number,
  timeZone: string,
  peakAt: number | null,
): TableColumn<Row>[] {
  const { t } = useTranslation('month')
  const format = useFormats()
  const peak = peakAt === null ? -1 : stepAt(steps, peakAt)
  const instant = (at: number) => format.exactInstant(new Date(at).toISOString(), timeZone)
  return [
    {
      id: 'from',
      name: t('from'),
      isRowHeader: true,
      minWidth: 240,
      cell: ({ place }) => (
        <>
          {instant(steps[place]?.at ?? 0)}
          {place === peak && <Badge tone="bad">{t('peakHere')}</Badge>}
        </>
      ),
    },
    { id: 'to', name: t('to'), minWidth: 240, cell: ({ place }) => instant(steps[place + 1]?.at ?? until) },
    {
      id: 'seats',
      name: t('seats'),
      width: 110,
      isNumber: true,
      cell: ({ place }) => format.number(steps[place]?.seats ?? 0),
    },
    {
      id: 'change',
      name: t('change'),
      width: 130,
      isNumber: true,
      cell: ({ place }) => {
        const before = steps[place - 1]
        return before ? format.signed((steps[place]?.seats ?? 0) - before.seats) : '—'
      },
    },
  ]
}
