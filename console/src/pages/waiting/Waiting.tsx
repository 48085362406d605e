import { useCallback, useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import type { Key } from 'react-stately'

import { usePages } from '../../graphql/pages'
import { useFormats } from '../../i18n/format'
import { ListTable } from '../../shell/ListTable'
import { MayNot } from '../../shell/MayNot'
import { useMay, useOrganization } from '../../shell/OrganizationShell'
import { Beside } from '../../ui/Beside'
import type { TableColumn } from '../../ui/DataTable'
import { Empty } from '../../ui/Notice'
import { Page } from '../../ui/Page'
import { useKeptSearch } from '../../ui/useKeptSearch'
import { useReasonWords } from '../impact/reasons'
import { useSourceWords } from '../impact/sources'
import { UndoNotice } from '../seats/UndoNotice'
import styles from './Waiting.module.css'
import { SeatThem } from './SeatThem'
import { WaitingDocument, type WaitingQuery } from './waiting.generated'

type Connection = NonNullable<NonNullable<WaitingQuery['organization']>['waiting']>
type Row = Connection['nodes'][number] & { id: string }

/** Who is covered and has no seat yet, why, and seating them once the price is known (R3.11). */
export function Waiting() {
  const { t } = useTranslation('waiting')
  const may = useMay()
  if (!may('SEAT_VIEW')) return <Page title={t('title')}>{<MayNot>{t('mayNot')}</MayNot>}</Page>
  return (
    <Page title={t('title')} lead={t('lead')}>
      <UndoNotice />
      <List />
    </Page>
  )
}

function List() {
  const { t } = useTranslation('waiting')
  const { slug } = useOrganization()
  const may = useMay()
  const [chosen, setChosen] = useChosen()
  const choice = useMemo(
    () => ({
      chosen: new Set(chosen),
      onChoose: (keys: ReadonlySet<Key>) => {
        setChosen([...keys].map(String))
      },
      nameOf: (row: Row) => row.member.name ?? '',
    }),
    [chosen, setChosen],
  )
  const list = usePages('waiting', WaitingDocument, { slug }, ({ organization }) => {
    const waiting = organization?.waiting
    return waiting && { ...waiting, nodes: rowsOf(waiting.nodes) }
  })
  const columns = useColumns()
  const canSeat = may('SEAT_MANAGE') && may('BILLING_VIEW')
  const table = (
    <ListTable
      list={list}
      label={t('title')}
      columns={columns}
      choice={canSeat ? choice : undefined}
      empty={<Empty title={t('empty')}>{t('emptyHint')}</Empty>}
    />
  )
  if (!canSeat || list.nodes.length === 0) return table
  const none = () => {
    setChosen([])
  }
  return <Beside aside={<SeatThem memberIds={chosen} onDone={none} />}>{table}</Beside>
}

/** A person once, however many subscriptions they wait through. */
function rowsOf(nodes: readonly Connection['nodes'][number][]): Row[] {
  const rows = new Map<string, Row>()
  for (const node of nodes) if (!rows.has(node.member.id)) rows.set(node.member.id, { ...node, id: node.member.id })
  return [...rows.values()]
}

/** Who is to be seated: back and reload keep it. */
function useChosen(): [readonly string[], (ids: readonly string[]) => void] {
  const [search, keep] = useKeptSearch()
  const chosen = useMemo(() => search.getAll('seat'), [search])
  const setChosen = useCallback(
    (ids: readonly string[]) => {
      keep(new URLSearchParams(ids.map((id) => ['seat', id])))
    },
    [keep],
  )
  return [chosen, setChosen]
}

function useColumns(): TableColumn<Row>[] {
  const { t } = useTranslation('waiting')
  const format = useFormats()
  const { timeZone } = useOrganization()
  const reasonOf = useReasonWords()
  const sourceOf = useSourceWords()
  return [
    {
      id: 'name',
      name: t('column.name'),
      isRowHeader: true,
      minWidth: 186,
      cell: (row) => (
        <span className={styles.lines}>
          {row.member.name ?? '—'}
          <span className="soft">{t('since', { at: format.instant(row.since, timeZone) })}</span>
        </span>
      ),
    },
    {
      id: 'why',
      name: t('column.reason'),
      minWidth: 294,
      cell: (row) => (
        <span className={styles.lines}>
          {reasonOf(row.reason)}
          <span className="soft">{sourceOf(row.subscription.subject)}</span>
        </span>
      ),
    },
  ]
}
