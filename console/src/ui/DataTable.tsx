import { type ReactNode, type RefObject, useLayoutEffect, useMemo, useRef } from 'react'
import { useTable } from 'react-aria'
import { useTranslation } from 'react-i18next'
import { type Key, useTableState } from 'react-stately'

import styles from './DataTable.module.css'
import { AllBox, type DrawnColumn, HEAD, leastOf, ROW, RowBox, TableBody, TableHead } from './DataTableParts'
import { Progress } from './Progress'
import { Rows } from './rows'

export type TableColumn<Item> = {
  id: string
  name: string
  cell: (item: Item) => ReactNode
  isRowHeader?: boolean
  /** Pixels; columns without them share what is left. */
  width?: number
  minWidth?: number
  isNumber?: boolean
}

/** Where the table is scrolled to, and from which row to which; it begins there when somebody comes back. */
export type Place = { top: number; onScroll: (top: number, from: number, to: number) => void }

const UNKEPT: Place = { top: 0, onScroll: () => undefined }

/** Which rows are chosen. All of them are those that are there: what comes later was not seen by who chose them. */
export type RowChoice<Item> = {
  chosen: ReadonlySet<Key>
  onChoose: (chosen: ReadonlySet<Key>) => void
  /** What a screen reader calls a row that was chosen. */
  nameOf: (item: Item) => string
}

export type DataTableProps<Item extends { id: string }> = {
  label: string
  columns: readonly TableColumn<Item>[]
  items: readonly Item[]
  /** How many there are with those that were not fetched yet. */
  count?: number | null
  empty: ReactNode
  isLoading?: boolean
  /** The next ones, when the end comes near. */
  onLoadMore?: (() => void) | undefined
  place?: Place | undefined
  choice?: RowChoice<Item> | undefined
  onOpen?: ((id: string) => void) | undefined
  /** The most pixels of height that it takes. */
  height?: number
}

/** A table of any length: only rows in sight are in the page, and the next ones are fetched on the way down. */
export function DataTable<Item extends { id: string }>(props: DataTableProps<Item>) {
  const { label, items, empty, isLoading = false, choice, onOpen, height = 620 } = props
  const { t } = useTranslation()
  const scroller = useRef<HTMLDivElement>(null)
  const grid = useRef<HTMLDivElement>(null)
  const rows = useRows(props)
  const state = useTableState<Item>({
    collection: rows,
    selectionMode: choice ? 'multiple' : 'none',
    selectedKeys: choice?.chosen ?? [],
    onSelectionChange: (keys) => choice?.onChoose(keys === 'all' ? new Set(items.map((one) => one.id)) : keys),
  })
  const { gridProps } = useTable(
    {
      'aria-label': label,
      isVirtualized: true,
      disallowTypeAhead: true, // it would find but what was fetched
      scrollRef: scroller,
      layoutDelegate: useLayout(rows, scroller),
      ...(onOpen && {
        onRowAction: (key: Key) => {
          onOpen(String(key))
        },
      }),
    },
    state,
    grid,
  )
  useKeptPlace(scroller, props.place ?? UNKEPT)
  const boxes: DrawnColumn<Item> = {
    ...BOXES,
    head: <AllBox state={state} />,
    cell: ({ id }) => <RowBox state={state} id={id} />,
  }
  const columns = choice ? [boxes, ...props.columns] : props.columns
  return (
    <div ref={scroller} className={styles.container} style={{ maxHeight: height }} data-testid="rows">
      <div
        {...gridProps}
        ref={grid}
        aria-rowcount={(props.count ?? items.length) + 1}
        className={styles.table}
        style={{ minWidth: columns.reduce((sum, one) => sum + leastOf(one), 0) }}
      >
        <TableHead state={state} columns={columns} />
        <TableBody
          state={state}
          columns={columns}
          scroller={scroller}
          inSight={Math.ceil((height - HEAD) / ROW)}
          place={props.place ?? UNKEPT}
          onEnd={isLoading ? undefined : props.onLoadMore}
        />
      </div>
      {isLoading && <Progress label={t('loading')} />}
      {!isLoading && items.length === 0 && <div className={styles.empty}>{empty}</div>}
    </div>
  )
}

/** Whoever comes back sees at once what they saw. */
function useKeptPlace(scroller: RefObject<HTMLElement | null>, { top }: Place) {
  const first = useRef(top)
  useLayoutEffect(() => {
    scroller.current?.scrollTo({ top: first.current })
  }, [scroller])
}

/** The column in which rows are chosen. */
const BOXES = { id: 'chosen', name: '', width: ROW }

/** React Aria's table of the rows; columns are made anew with each look, what they are called is not. */
function useRows<Item extends { id: string }>({ items, columns, choice }: DataTableProps<Item>) {
  const all = choice ? [BOXES, ...columns] : columns
  const key = all.map((one) => one.id).join(' ')
  // eslint-disable-next-line react-hooks/exhaustive-deps -- the key says all that the columns do
  return useMemo(() => new Rows(items, all, choice?.nameOf ?? (() => '')), [items, key])
}

/** Where rows are, for keys that go a page up or down. */
function useLayout<Item extends { id: string }>(rows: Rows<Item>, scroller: RefObject<HTMLElement | null>) {
  return useMemo(() => {
    const width = () => scroller.current?.clientWidth ?? 0
    return {
      getItemRect: (key: Key) => {
        const row = rows.rowOf(key)
        return row && { x: 0, y: row.index * ROW, width: width(), height: ROW }
      },
      getVisibleRect: () => {
        const { scrollTop = 0, clientHeight = HEAD } = scroller.current ?? {}
        return { x: 0, y: scrollTop, width: width(), height: clientHeight - HEAD }
      },
      getContentSize: () => ({ width: width(), height: rows.size * ROW }),
    }
  }, [rows, scroller])
}
