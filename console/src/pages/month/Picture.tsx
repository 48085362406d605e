import { AxisBottom, AxisLeft } from '@visx/axis'
import { curveStepAfter } from '@visx/curve'
import { scaleLinear, scaleTime } from '@visx/scale'
import { AreaClosed, LinePath } from '@visx/shape'
import { memo, useMemo } from 'react'
import { useTranslation } from 'react-i18next'

import { useFormats } from '../../i18n/format'
import { dayTicks, type Step, thin } from './steps'
import styles from './StepChart.module.css'

export const MARGIN = { top: 34, right: 16, bottom: 34, left: 52 }

/** What is drawn, and how large. */
export type Frame = {
  steps: readonly Step[]
  start: number
  end: number
  until: number
  width: number
  height: number
  timeZone: string
  peak: { seats: number; at: number } | null
  levels: readonly { seats: number; label: string }[]
}

/** A level is left out where drawing it would press the steps to the ground. */
const FAR = 2

export function scalesOf({ steps, start, end, width, height, peak, levels }: Frame) {
  const held = steps.reduce((most, step) => Math.max(most, step.seats), Math.max(peak?.seats ?? 0, 4))
  const top = levels.reduce((most, { seats }) => (seats <= held * FAR ? Math.max(most, seats) : most), held)
  const x = scaleTime({ domain: [start, end], range: [MARGIN.left, width - MARGIN.right] })
  const y = scaleLinear({ domain: [0, top], range: [height - MARGIN.bottom, MARGIN.top], nice: true })
  return { x, y, top: Math.max(top, y.domain()[1] ?? top) }
}

type Scales = ReturnType<typeof scalesOf>

/** All that does not change while somebody reads: axes, levels, the steps, the peak. */
export const Picture = memo(function Picture({ frame, scales }: { frame: Frame; scales: Scales }) {
  const { steps, until, width } = frame
  const { x, y } = scales
  const points = useMemo(() => {
    const last = steps[steps.length - 1]
    const drawn = thin(
      steps,
      (at) => x(at),
      (seats) => y(seats),
    )
    return last ? [...drawn, { x: x(until), y: y(last.seats) }] : drawn
  }, [steps, until, x, y])
  const common = { data: points, curve: curveStepAfter }
  return (
    <>
      <Axes frame={frame} x={x} y={y} />
      <AreaClosed {...common} x={(one) => one.x} y={(one) => one.y} yScale={y} className={styles.area} />
      <LinePath {...common} x={(one) => one.x} y={(one) => one.y} className={styles.line} />
      <Levels frame={frame} y={y} right={width - MARGIN.right} />
      <PeakMark frame={frame} x={x} y={y} />
    </>
  )
})

function Axes({ frame, x, y }: { frame: Frame } & Pick<Scales, 'x' | 'y'>) {
  const format = useFormats()
  const { start, end, width, height, timeZone } = frame
  const right = width - MARGIN.right
  const days = dayTicks(start, end, Math.max(2, Math.floor((right - MARGIN.left) / 54)))
  const ticks = y.ticks(5).filter(Number.isInteger)
  return (
    <>
      {ticks.map((tick) => (
        <line key={tick} x1={MARGIN.left} x2={right} y1={y(tick)} y2={y(tick)} className={styles.grid} />
      ))}
      <AxisLeft
        scale={y}
        left={MARGIN.left}
        tickValues={ticks}
        hideAxisLine
        hideTicks
        tickComponent={({ x: left, y: top, formattedValue }) => (
          <text x={left} y={top} dy="0.32em" className={styles.tickLeft}>
            {formattedValue}
          </text>
        )}
        tickFormat={(value) => format.number(Number(value))}
      />
      <AxisBottom
        scale={x}
        top={height - MARGIN.bottom}
        tickValues={days}
        axisLineClassName={styles.axis ?? ''}
        tickLineProps={{ className: styles.axis ?? '' }}
        tickComponent={({ x: left, y: top, formattedValue }) => (
          <text x={left} y={top} dy="0.6em" className={styles.tick}>
            {formattedValue}
          </text>
        )}
        // Days of clocks that go back are an hour longer: a few hours later it is surely the day that is meant.
        tickFormat={(value) => format.dayOfMonth(new Date(Number(value) + 3 * 3_600_000).toISOString(), timeZone)}
      />
    </>
  )
}

function Levels({ frame, y, right }: { frame: Frame; y: Scales['y']; right: number }) {
  const top = y.domain()[1] ?? 0
  return frame.levels
    .filter(({ seats }) => seats <= top)
    .map(({ seats, label }) => (
      <g key={label}>
        <line x1={MARGIN.left} x2={right} y1={y(seats)} y2={y(seats)} className={styles.level} />
        <text x={right - 4} y={y(seats) - 5} className={styles.levelName}>
          {label}
        </text>
      </g>
    ))
}

/** About how wide a letter is, in pixels: so much room the words need. */
const LETTER = 6.6

/** The moment that the month is charged by. */
function PeakMark({ frame, x, y }: { frame: Frame } & Pick<Scales, 'x' | 'y'>) {
  const { t } = useTranslation('month')
  const format = useFormats()
  const { peak, timeZone, height, width } = frame
  if (!peak) return null
  const [left, top] = [x(peak.at), y(peak.seats)]
  const words = t('peakMark', {
    count: peak.seats,
    at: format.instant(new Date(peak.at).toISOString(), timeZone),
  })
  const room = words.length * LETTER
  const isNarrow = room > width - MARGIN.left - MARGIN.right // over the numbers on the left, then
  const [from, to] = isNarrow ? [0, width] : [MARGIN.left, width - MARGIN.right]
  const middle = Math.max(from + room / 2, Math.min(to - room / 2, left))
  return (
    <g>
      <line x1={left} x2={left} y1={top} y2={height - MARGIN.bottom} className={styles.peakLine} />
      <circle cx={left} cy={top} r={6} className={styles.peak} />
      <text x={middle} y={top - 13} className={styles.peakName}>
        {words}
      </text>
    </g>
  )
}

/** What is being read: the span of the step, and its height. */
export function Marks({ frame, scales, place }: { frame: Frame; scales: Scales; place: number | null }) {
  const { steps, until, height } = frame
  const step = place === null ? undefined : steps[place]
  if (place === null || !step) return null
  const { x, y } = scales
  const [from, to] = [x(step.at), x(steps[place + 1]?.at ?? until)]
  return (
    <g>
      <rect
        x={from}
        y={MARGIN.top}
        width={Math.max(1, to - from)}
        height={height - MARGIN.top - MARGIN.bottom}
        className={styles.read}
      />
      <line x1={from} x2={from} y1={MARGIN.top} y2={height - MARGIN.bottom} className={styles.cursor} />
      <circle cx={from} cy={y(step.seats)} r={4} className={styles.dot} />
    </g>
  )
}
