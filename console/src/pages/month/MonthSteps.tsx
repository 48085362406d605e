import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'

import { useFormats } from '../../i18n/format'
import { useNow } from '../../shell/useNow'
import { Button } from '../../ui/Button'
import { Card } from '../../ui/Card'
import { Empty } from '../../ui/Notice'
import { useSearch } from '../../ui/useSearch'
import type { SeatTimelineQuery } from './month.generated'
import { StepChart } from './StepChart'
import { StepTable } from './StepTable'

type Organization = NonNullable<SeatTimelineQuery['organization']>

type MonthStepsProps = {
  timeline: NonNullable<Organization['seatTimeline']>
  timeZone: string
  freeThreshold: number | undefined
  limit: number | undefined
}

/** A month as a chart with its peak marked, or as a table. */
export function MonthSteps({ timeline, timeZone, freeThreshold, limit }: MonthStepsProps) {
  const { t } = useTranslation('month')
  const format = useFormats()
  const now = useNow()
  const [view, show] = useSearch('view', 'chart')
  const steps = useMemo(() => timeline.steps.map(({ at, seats }) => ({ at: Date.parse(at), seats })), [timeline.steps])
  const [start, end] = [Date.parse(timeline.periodStart), Date.parse(timeline.periodEnd)]
  const { seats, reachedAt } = timeline.peak
  const peakAt = reachedAt === null ? null : Date.parse(reachedAt)
  const peak = useMemo(() => (peakAt === null ? null : { seats, at: peakAt }), [seats, peakAt])
  const levels = useMemo(
    () => [
      ...(freeThreshold ? [{ seats: freeThreshold, label: t('free', { count: freeThreshold }) }] : []),
      ...(limit === undefined ? [] : [{ seats: limit, label: t('limit', { count: limit }) }]),
    ],
    [freeThreshold, limit, t],
  )
  const until = Math.max(start, Math.min(end, now))
  const label = t('chart', { month: format.month(timeline.month) })
  const isTable = view === 'table'
  const isMoreHeld = steps.some((step) => step.seats > seats)
  return (
    <Card
      title={label}
      isWide
      actions={
        <Button
          look="quiet"
          onPress={() => {
            show(isTable ? 'chart' : 'table')
          }}
        >
          {isTable ? t('asChart') : t('asTable')}
        </Button>
      }
    >
      {steps.length === 0 && <Empty title={t('nothing')} />}
      {steps.length > 0 && isTable && (
        <StepTable label={label} steps={steps} until={until} timeZone={timeZone} peakAt={peakAt} />
      )}
      {steps.length > 0 && !isTable && (
        <StepChart
          label={label}
          steps={steps}
          start={start}
          end={end}
          until={until}
          timeZone={timeZone}
          peak={peak}
          levels={levels}
        />
      )}
      {isMoreHeld && <p className="soft">{t('moreHeld')}</p>}
    </Card>
  )
}
