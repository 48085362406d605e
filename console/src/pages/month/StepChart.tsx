import { type KeyboardEvent, type PointerEvent, useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'

import { useFormats } from '../../i18n/format'
import { Button } from '../../ui/Button'
import { useWidth } from '../../ui/useWidth'
import { type Frame, Marks, MARGIN, Picture, scalesOf } from './Picture'
import styles from './StepChart.module.css'
import { stepAt, type Step } from './steps'

type StepChartProps = {
  label: string
  steps: readonly Step[]
  start: number
  end: number
  /** Where the line ends: the end of the month, or now. */
  until: number
  timeZone: string
  peak: { seats: number; at: number } | null
  /** What is drawn across: where seats begin to cost, and where no more fit. */
  levels: readonly { seats: number; label: string }[]
}

const HEIGHT = 320

/** How many seats were held when; every step can be read with the pointer and with the arrow keys. */
export function StepChart(props: StepChartProps) {
  const { label, steps, peak, timeZone, levels } = props
  const { t } = useTranslation('month')
  const [box, width] = useWidth()
  const [place, setPlace] = useState<number | null>(null)
  const frame: Frame = useMemo(() => ({ ...props, width, height: HEIGHT }), [props, width])
  const scales = useMemo(() => scalesOf(frame), [frame])
  const say = useReading(steps, props.until, timeZone)
  const peakPlace = peak ? stepAt(steps, peak.at) : 0
  const read = (next: number) => {
    setPlace(Math.max(0, Math.min(steps.length - 1, next)))
  }
  const point = (event: PointerEvent) => {
    const { left } = event.currentTarget.getBoundingClientRect()
    read(stepAt(steps, scales.x.invert(event.clientX - left).getTime()))
  }
  const press = (event: KeyboardEvent) => {
    const next = nextPlace(event.key, place ?? peakPlace, steps.length, peakPlace)
    if (next === null) return
    event.preventDefault()
    read(next)
  }
  const current = Math.min(place ?? peakPlace, steps.length - 1)
  const words = say(current)
  const above = levels.filter(({ seats }) => seats > scales.top)
  return (
    <figure className={styles.figure} aria-label={label}>
      <div className={styles.head}>
        <p className={styles.reading} aria-hidden>
          {words}
        </p>
        {peak && (
          <Button
            look="quiet"
            onPress={() => {
              read(peakPlace)
            }}
          >
            {t('toPeak')}
          </Button>
        )}
      </div>
      <div
        ref={box}
        className={styles.chart}
        role="slider"
        tabIndex={0}
        aria-label={t('reading')}
        aria-valuemin={1}
        aria-valuemax={steps.length}
        aria-valuenow={current + 1}
        aria-valuetext={words}
        onPointerMove={point}
        onPointerDown={point}
        onKeyDown={press}
      >
        {width > MARGIN.left + MARGIN.right && (
          <svg width={width} height={HEIGHT} aria-hidden>
            <Picture frame={frame} scales={scales} />
            <Marks frame={frame} scales={scales} place={place} />
          </svg>
        )}
      </div>
      <figcaption className="soft">
        {above.map((one) => (
          <p key={one.label}>{t('above', { level: one.label })}</p>
        ))}
        <p>{t('keys')}</p>
      </figcaption>
    </figure>
  )
}

/** Where a key leads to; null where it leads nowhere. */
function nextPlace(key: string, place: number, count: number, peak: number): number | null {
  const far = Math.max(10, Math.round(count / 20))
  const ways: Record<string, number> = {
    ArrowRight: place + 1,
    ArrowUp: place + 1,
    ArrowLeft: place - 1,
    ArrowDown: place - 1,
    PageUp: place + far,
    PageDown: place - far,
    Home: 0,
    End: count - 1,
    p: peak,
  }
  return ways[key] ?? null
}

/** A step in words: since when, how long, how many, and how many more or fewer than before. */
function useReading(steps: readonly Step[], until: number, timeZone: string) {
  const { t } = useTranslation('month')
  const format = useFormats()
  return (place: number) => {
    const step = steps[place]
    if (!step) return ''
    const before = steps[place - 1]
    const words = {
      count: step.seats,
      from: format.exactInstant(new Date(step.at).toISOString(), timeZone),
      to: format.instant(new Date(steps[place + 1]?.at ?? until).toISOString(), timeZone),
      change: before ? format.signed(step.seats - before.seats) : '',
    }
    return before ? t('step', words) : t('firstStep', words)
  }
}
