import { Check } from 'lucide-react'
import type { ReactNode } from 'react'
import {
  Cell,
  Checkbox,
  Collection,
  Column,
  ResizableTableContainer,
  Row,
  type Selection,
  type SortDescriptor,
  Table,
  TableBody,
  TableHeader,
  TableLayout,
  TableLoadMoreItem,
  Virtualizer,
} from 'react-aria-components'
import { useTranslation } from 'react-i18next'

import styles from './DataTable.module.css'
import field from './Field.module.css'
import { Progress } from './Progress'

export type TableColumn<Item> = {
  id: string
  name: string
  cell: (item: Item) => ReactNode
  isRowHeader?: boolean
  isSortable?: boolean
  /** Pixels; without them columns share what is left. */
  width?: number
  minWidth?: number
  isNumber?: boolean
}

type DataTableProps<Item extends { id: string }> = {
  label: string
  columns: readonly TableColumn<Item>[]
  items: readonly Item[]
  empty: ReactNode
  /** The next page, when the end comes into sight. */
  onLoadMore?: () => void
  isLoading?: boolean
  selected?: Selection
  onSelect?: (keys: Selection) => void
  disabledKeys?: Iterable<string>
  onOpen?: (id: string) => void
  sort?: SortDescriptor
  onSort?: (sort: SortDescriptor) => void
  /** Pixels of height; rows out of sight are not in the page. */
  height?: number
}

const ROW = 44

/** A table of any length: only rows in sight are there, and the next ones are fetched on the way down. */
export function DataTable<Item extends { id: string }>(props: DataTableProps<Item>) {
  const {
    label,
    columns,
    items,
    empty,
    onLoadMore,
    isLoading = false,
    selected,
    onSelect,
    onOpen,
    sort,
    onSort,
  } = props
  const { t } = useTranslation()
  const rows = 42 + items.length * ROW + (isLoading ? ROW : 0)
  const natural = items.length === 0 ? 200 : rows
  const height = Math.min(props.height ?? 620, natural)
  return (
    <Virtualizer layout={TableLayout} layoutOptions={{ rowHeight: ROW, headingHeight: 40, loaderHeight: ROW }}>
      <ResizableTableContainer className={styles.container ?? ''} style={{ height }}>
        <Table
          aria-label={label}
          className={styles.table ?? ''}
          selectionMode={onSelect ? 'multiple' : 'none'}
          selectedKeys={selected}
          onSelectionChange={onSelect}
          disabledKeys={props.disabledKeys}
          sortDescriptor={sort}
          onSortChange={onSort}
          onRowAction={
            onOpen
              ? (key) => {
                  onOpen(String(key))
                }
              : undefined
          }
        >
          <TableHeader>
            {onSelect && (
              <Column width={44} minWidth={44} className={styles.column ?? ''}>
                <SelectionBox />
              </Column>
            )}
            {columns.map((column) => (
              <Column
                key={column.id}
                id={column.id}
                isRowHeader={column.isRowHeader}
                allowsSorting={column.isSortable}
                width={column.width}
                minWidth={column.minWidth ?? Math.min(90, column.width ?? 90)}
                className={column.isNumber ? `${styles.column} ${styles.number}` : (styles.column ?? '')}
              >
                {column.name}
              </Column>
            ))}
          </TableHeader>
          <TableBody
            renderEmptyState={() => (
              <div className={styles.empty}>{isLoading ? <Progress label={t('loading')} /> : empty}</div>
            )}
          >
            <Collection items={items as Item[]} dependencies={[columns, onSelect !== undefined]}>
              {(item) => (
                <Row id={item.id} className={styles.row ?? ''}>
                  {onSelect && (
                    <Cell className={styles.cell ?? ''}>
                      <SelectionBox />
                    </Cell>
                  )}
                  {columns.map((column) => (
                    <Cell
                      key={column.id}
                      className={column.isNumber ? `${styles.cell} ${styles.number}` : (styles.cell ?? '')}
                    >
                      {whole(column.cell(item))}
                    </Cell>
                  ))}
                </Row>
              )}
            </Collection>
            {onLoadMore && (
              <TableLoadMoreItem onLoadMore={onLoadMore} isLoading={isLoading && items.length > 0}>
                <Progress label={t('loading')} />
              </TableLoadMoreItem>
            )}
          </TableBody>
        </Table>
      </ResizableTableContainer>
    </Virtualizer>
  )
}

/** Text that may not find room is told whole to whoever points at it. */
function whole(content: ReactNode): ReactNode {
  return typeof content === 'string' ? <span title={content}>{content}</span> : content
}

/** Chooses a row, or in the header all of them. */
function SelectionBox() {
  return (
    <Checkbox slot="selection" className={field.checkbox ?? ''}>
      <span className={field.box} aria-hidden>
        <Check size={14} />
      </span>
    </Checkbox>
  )
}
