import { Check, Minus } from 'lucide-react'
import { memo, type ReactNode, type RefObject, useEffect, useRef, useState } from 'react'
import {
  useTableCell,
  useTableColumnHeader,
  useTableHeaderRow,
  useTableRow,
  useTableRowGroup,
  useTableSelectAllCheckbox,
  useTableSelectionCheckbox,
} from 'react-aria'
import { Checkbox } from 'react-aria-components'
import type { TableState } from 'react-stately'

import type { Place, TableColumn } from './DataTable'
import styles from './DataTable.module.css'
import field from './Field.module.css'

/** Pixels of height. */
export const [ROW, HEAD] = [44, 40]

/** Rows that are there above and below those in sight, and how near the end is when the next ones are fetched. */
const [AROUND, AHEAD] = [6, 60]

/** A column with what stands above it where that is not its name. */
export type DrawnColumn<Item> = TableColumn<Item> & { head?: ReactNode }

type Part<Item> = { state: TableState<Item>; columns: readonly DrawnColumn<Item>[] }
type Node<Item> = TableState<Item>['collection']['body']

/** The least pixels that a column takes. */
export const leastOf = ({ width, minWidth = 90 }: { width?: number; minWidth?: number }) => width ?? minWidth

const gridOf = (columns: readonly DrawnColumn<never>[]) => ({
  gridTemplateColumns: columns
    .map((one) => (one.width ? `${String(one.width)}px` : `minmax(${String(leastOf(one))}px, 1fr)`))
    .join(' '),
})

export function TableHead<Item>({ state, columns }: Part<Item>) {
  const { rowGroupProps } = useTableRowGroup()
  const row = useRef<HTMLDivElement>(null)
  const node = state.collection.headerRows[0] as Node<Item>
  const { rowProps } = useTableHeaderRow({ node, isVirtualized: true }, state, row)
  return (
    <div {...rowGroupProps} className={styles.head}>
      <div {...rowProps} ref={row} className={styles.row} style={gridOf(columns)}>
        {state.collection.columns.map((one, place) => (
          <ColumnHead key={one.key} node={one} state={state} column={columns[place] as DrawnColumn<Item>} />
        ))}
      </div>
    </div>
  )
}

type ColumnHeadProps<Item> = { node: Node<Item>; state: TableState<Item>; column: DrawnColumn<Item> }

function ColumnHead<Item>({ node, state, column }: ColumnHeadProps<Item>) {
  const ref = useRef<HTMLDivElement>(null)
  const { columnHeaderProps } = useTableColumnHeader({ node, isVirtualized: true }, state, ref)
  return (
    <div {...columnHeaderProps} ref={ref} className={`${styles.column} ${column.isNumber ? styles.number : ''}`}>
      {column.head ?? column.name}
    </div>
  )
}

type TableBodyProps<Item> = Part<Item> & {
  scroller: RefObject<HTMLElement | null>
  /** How many rows have room. */
  inSight: number
  place: Place
  onEnd: (() => void) | undefined
}

/** The rows in sight; what is scrolled changes nothing else. */
export function TableBody<Item>({ state, columns, scroller, inSight, place, onEnd }: TableBodyProps<Item>) {
  const { rowGroupProps } = useTableRowGroup()
  const { rows } = state.collection
  const first = Math.min(useFirst(scroller, place, inSight), Math.max(0, rows.length - inSight))
  const isEndNear = rows.length > 0 && first + inSight + AHEAD > rows.length
  useEffect(() => {
    if (isEndNear) onEnd?.()
  }, [isEndNear, rows.length, onEnd])
  const grid = gridOf(columns)
  return (
    <div {...rowGroupProps} className={styles.rows} style={{ height: rows.length * ROW }}>
      {nodesOf(state, first - AROUND, first + inSight + AROUND).map((node) => (
        <TableRow key={node.key} node={node} state={state} columns={columns} grid={grid.gridTemplateColumns} />
      ))}
    </div>
  )
}

/** The first row in sight; whoever keeps the place is told of each. */
function useFirst(scroller: RefObject<HTMLElement | null>, place: Place, inSight: number): number {
  const [first, setFirst] = useState(Math.floor(place.top / ROW))
  const told = useRef(place)
  useEffect(() => {
    told.current = place
  }, [place])
  useEffect(() => {
    const box = scroller.current
    if (!box) return
    const tell = () => {
      const row = Math.floor(box.scrollTop / ROW)
      told.current.onScroll(box.scrollTop, row, row + inSight)
      return row
    }
    const scrolled = () => {
      setFirst(tell())
    }
    tell()
    box.addEventListener('scroll', scrolled, { passive: true })
    return () => {
      box.removeEventListener('scroll', scrolled)
    }
  }, [scroller, inSight])
  return first
}

/** The rows from one place to another, and the one that has the focus, which must not go away under it. */
function nodesOf<Item>({ collection, selectionManager }: TableState<Item>, from: number, to: number): Node<Item>[] {
  const nodes = collection.rows.slice(Math.max(0, from), to)
  const focused = selectionManager.focusedKey === null ? null : collection.getItem(selectionManager.focusedKey)
  const row = focused?.type === 'cell' ? collection.getItem(focused.parentKey ?? '') : focused
  return row?.type === 'item' && !nodes.includes(row) ? [...nodes, row] : nodes
}

type TableRowProps<Item> = Part<Item> & { node: Node<Item>; grid: string }

const TableRow = memo(function TableRow<Item>({ node, state, columns, grid }: TableRowProps<Item>) {
  const ref = useRef<HTMLDivElement>(null)
  const { rowProps, isSelected, hasAction, allowsSelection } = useTableRow({ node, isVirtualized: true }, state, ref)
  const cells = [...(state.collection.getChildren?.(node.key) ?? [])] as Node<Item>[]
  return (
    <div
      {...rowProps}
      ref={ref}
      className={`${styles.row} ${styles.placed} ${hasAction || allowsSelection ? styles.pressed : ''}`}
      data-selected={isSelected || undefined}
      style={{ gridTemplateColumns: grid, top: node.index * ROW }}
    >
      {cells.map((cell, place) => (
        <TableCell key={cell.key} node={cell} state={state} column={columns[place]} item={node.value as Item} />
      ))}
    </div>
  )
}) as <Item>(props: TableRowProps<Item>) => ReactNode

type TableCellProps<Item> = {
  node: Node<Item>
  state: TableState<Item>
  column: DrawnColumn<Item> | undefined
  item: Item
}

function TableCell<Item>({ node, state, column, item }: TableCellProps<Item>) {
  const ref = useRef<HTMLDivElement>(null)
  const { gridCellProps } = useTableCell({ node, isVirtualized: true }, state, ref)
  return (
    <div {...gridCellProps} ref={ref} className={`${styles.cell} ${column?.isNumber ? styles.number : ''}`}>
      {whole(column?.cell(item))}
    </div>
  )
}

/** Text that may not find room is told whole to whoever points at it. */
function whole(content: ReactNode): ReactNode {
  return typeof content === 'string' ? <span title={content}>{content}</span> : content
}

export function RowBox<Item>({ state, id }: { state: TableState<Item>; id: string }) {
  return <Box {...useTableSelectionCheckbox({ key: id }, state).checkboxProps} />
}

export function AllBox<Item>({ state }: { state: TableState<Item> }) {
  return <Box {...useTableSelectAllCheckbox(state).checkboxProps} />
}

function Box(props: ReturnType<typeof useTableSelectionCheckbox>['checkboxProps']) {
  return (
    <Checkbox {...props} className={field.checkbox ?? ''}>
      {({ isIndeterminate }) => (
        <span className={field.box} aria-hidden>
          {isIndeterminate ? <Minus size={14} /> : <Check size={14} />}
        </span>
      )}
    </Checkbox>
  )
}
