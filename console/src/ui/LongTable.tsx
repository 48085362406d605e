import { useEffect, useLayoutEffect, useRef, useState, type ReactNode } from 'react'
import { useTranslation } from 'react-i18next'

import type { TableColumn } from './DataTable'
import styles from './LongTable.module.css'
import { Progress } from './Progress'

/** Where the table is scrolled to, and from which row to which; it begins there when somebody comes back. */
export type Place = { top: number; onScroll: (top: number, from: number, to: number) => void }

type LongTableProps<Item extends { id: string }> = {
  label: string
  columns: readonly TableColumn<Item>[]
  items: readonly Item[]
  /** How many there are with those that were not fetched yet. */
  count: number
  empty: ReactNode
  isLoading: boolean
  onLoadMore: () => void
  place: Place
  /** The most pixels of height that it takes. */
  height?: number
}

const [ROW, HEAD, MOST, AROUND, AHEAD] = [44, 40, 620, 6, 60]

/**
 * A table of ten thousand rows. `DataTable` builds all the rows that it was ever given, which takes longer than a frame
 * from some thousand on; this one knows only those in sight. What is to be done with a row is a link or a button in it.
 */
export function LongTable<Item extends { id: string }>(props: LongTableProps<Item>) {
  const { label, columns, items, count, empty, isLoading, onLoadMore, place } = props
  const { t } = useTranslation()
  const container = useRef<HTMLDivElement>(null)
  const [first, setFirst] = useState(Math.floor(place.top / ROW))
  const [focused, setFocused] = useState<number | null>(null)
  const height = Math.min(props.height ?? MOST, HEAD + 2 + (items.length === 0 ? 3 : items.length) * ROW)
  const inSight = Math.ceil((height - HEAD) / ROW)
  useLayoutEffect(() => {
    container.current?.scrollTo({ top: place.top })
    // eslint-disable-next-line react-hooks/exhaustive-deps -- once, on coming back
  }, [])
  const isEndNear = !isLoading && items.length > 0 && first + inSight + AHEAD > items.length
  useEffect(() => {
    if (isEndNear) onLoadMore()
  }, [isEndNear, items.length, onLoadMore])
  const template = columns
    .map(({ width, minWidth = 90 }) => (width ? `${String(width)}px` : `minmax(${String(minWidth)}px, 1fr)`))
    .join(' ')
  const grid = { gridTemplateColumns: template }
  return (
    <div
      ref={container}
      className={styles.container}
      style={{ height }}
      data-testid="rows"
      onScroll={(event) => {
        const { scrollTop } = event.currentTarget
        const row = Math.floor(scrollTop / ROW)
        place.onScroll(scrollTop, row, row + inSight)
        setFirst(row)
      }}
    >
      <div
        role="table"
        aria-label={label}
        aria-rowcount={count + 1}
        className={styles.table}
        style={{ minWidth: columns.reduce((sum, { width, minWidth = 90 }) => sum + (width ?? minWidth), 0) }}
      >
        <div role="rowgroup" className={styles.head}>
          <div role="row" aria-rowindex={1} className={styles.row} style={grid}>
            {columns.map((column) => (
              <div
                key={column.id}
                role="columnheader"
                className={`${styles.column} ${column.isNumber ? styles.number : ''}`}
              >
                {column.name}
              </div>
            ))}
          </div>
        </div>
        <div role="rowgroup" className={styles.rows} style={{ height: items.length * ROW }}>
          {placesOf(first, inSight, items.length, focused).map((place) => {
            const item = items[place]
            if (!item) return null
            return (
              <div
                key={item.id}
                role="row"
                aria-rowindex={place + 2}
                className={`${styles.row} ${styles.placed}`}
                style={{ ...grid, top: place * ROW }}
                onFocus={() => {
                  setFocused(place)
                }}
              >
                {columns.map((column) => (
                  <div
                    key={column.id}
                    role={column.isRowHeader ? 'rowheader' : 'cell'}
                    className={`${styles.cell} ${column.isNumber ? styles.number : ''}`}
                  >
                    {column.cell(item)}
                  </div>
                ))}
              </div>
            )
          })}
        </div>
      </div>
      {isLoading && <Progress label={t('loading')} />}
      {!isLoading && items.length === 0 && empty}
    </div>
  )
}

/** Rows in sight and some around them, and the one that has the focus, which must not go away under it. */
function placesOf(first: number, inSight: number, count: number, focused: number | null): number[] {
  const from = Math.max(0, first - AROUND)
  const to = Math.min(count, first + inSight + AROUND)
  const places = Array.from({ length: Math.max(0, to - from) }, (_, place) => from + place)
  return focused === null || focused >= count || places.includes(focused) ? places : [...places, focused]
}
