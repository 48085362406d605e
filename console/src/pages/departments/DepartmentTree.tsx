import { ChevronRight } from 'lucide-react'
import { Button, Collection, type Key, Tree, TreeItem, TreeItemContent } from 'react-aria-components'
import { useTranslation } from 'react-i18next'

import { Menu } from '../../ui/Menu'
import { Empty } from '../../ui/Notice'
import { Progress } from '../../ui/Progress'
import type { DepartmentNodeFragment } from './departments.generated'
import styles from './DepartmentTree.module.css'
import { type Branch, TOP } from './useBranches'

export type Deed = 'people' | 'create' | 'rename' | 'move' | 'delete'
export const DEEDS: readonly Deed[] = ['people', 'create', 'rename', 'move', 'delete']

type Row = { id: string; kind: 'department'; department: DepartmentNodeFragment; rows: Row[] } | Filler
type Filler = { id: string; kind: 'loading' | 'more'; parent: string; rows: [] }

type DepartmentTreeProps = {
  branches: ReadonlyMap<string, Branch>
  open: readonly string[]
  onOpen: (open: string[]) => void
  onMore: (parent: string) => void
  onPeople: (id: string) => void
  onDeed: (deed: Deed, department: DepartmentNodeFragment) => void
  deeds: readonly Deed[]
}

/** The departments below each other. Arrow keys walk, open and close; what is below is fetched as it is opened. */
export function DepartmentTree(props: DepartmentTreeProps) {
  const { branches, open, onOpen, onMore, onPeople } = props
  const { t } = useTranslation('departments')
  const top = rowsOf(branches, TOP)
  return (
    <Tree
      aria-label={t('title')}
      className={styles.tree ?? ''}
      items={top}
      dependencies={[branches, props.deeds]}
      selectionMode="none"
      expandedKeys={new Set(open)}
      onExpandedChange={(keys) => {
        onOpen([...keys].map(String))
      }}
      onAction={(key: Key) => {
        const id = String(key)
        if (id.startsWith('more:')) onMore(id.slice('more:'.length))
        else if (!id.startsWith('loading:')) onPeople(id)
      }}
      renderEmptyState={() => <Empty title={t('empty')}>{props.deeds.includes('create') && t('emptyHint')}</Empty>}
    >
      {(row) => <Item {...props} id={row.id} row={row} />}
    </Tree>
  )
}

/** What is not there yet is a row that says so: React Aria opens only what has rows. */
function rowsOf(branches: ReadonlyMap<string, Branch>, parent: string): Row[] {
  const branch = branches.get(parent)
  if (!branch?.isThere) return [{ id: `loading:${parent}`, kind: 'loading', parent, rows: [] }]
  const rows: Row[] = branch.nodes.map((department) => ({
    id: department.id,
    kind: 'department',
    department,
    rows: department.childCount > 0 ? rowsOf(branches, department.id) : [],
  }))
  return branch.hasNext ? [...rows, { id: `more:${parent}`, kind: 'more', parent, rows: [] }] : rows
}

/** React Aria keeps items by the id that is given here: below others it would else make up another. */
function Item({ row, ...props }: DepartmentTreeProps & { id: string; row: Row }) {
  const { t } = useTranslation('departments')
  const { t: common } = useTranslation()
  if (row.kind !== 'department') {
    return (
      <TreeItem
        id={row.id}
        textValue={row.kind === 'more' ? t('more') : common('loading')}
        className={styles.item ?? ''}
      >
        <TreeItemContent>
          {row.kind === 'more' ? (
            <Button
              className={styles.more ?? ''}
              onPress={() => {
                props.onMore(row.parent)
              }}
            >
              {t('more')}
            </Button>
          ) : (
            <Progress label={common('loading')} />
          )}
        </TreeItemContent>
      </TreeItem>
    )
  }
  const { department } = row
  return (
    <TreeItem
      id={row.id}
      textValue={department.name}
      hasChildItems={department.childCount > 0}
      className={styles.item ?? ''}
    >
      <TreeItemContent>
        <Content department={department} {...props} />
      </TreeItemContent>
      <Collection items={row.rows}>{(below: Row) => <Item {...props} id={below.id} row={below} />}</Collection>
    </TreeItem>
  )
}

function Content({ department, deeds, onDeed }: DepartmentTreeProps & { department: DepartmentNodeFragment }) {
  const { t } = useTranslation('departments')
  const { all, own, name, childCount } = department
  return (
    <div className={styles.content}>
      {childCount > 0 ? (
        <Button slot="chevron" className={styles.chevron ?? ''}>
          <ChevronRight size={16} aria-hidden />
        </Button>
      ) : (
        <span className={styles.chevron} />
      )}
      <span className={styles.name}>{name}</span>
      <span className={styles.count}>
        {t('people', { count: all })}
        {all !== own && <span className="soft"> {t('own', { count: own })}</span>}
      </span>
      {deeds.length > 0 && (
        <Menu
          label={t('deedsOf', { name })}
          trigger={<span aria-hidden>⋯</span>}
          items={deeds.map((deed) => ({ id: deed, label: t(`deed.${deed}`) }))}
          onAction={(deed) => {
            onDeed(deed as Deed, department)
          }}
        />
      )}
    </div>
  )
}
