import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import { useSearchParams } from 'react-router'

import { usePages } from '../../graphql/pages'
import { useFormats } from '../../i18n/format'
import { MayNot } from '../../shell/MayNot'
import { useMay, useOrganization } from '../../shell/OrganizationShell'
import { Unavailable } from '../../shell/Unavailable'
import { Beside } from '../../ui/Beside'
import { DataTable, type TableColumn } from '../../ui/DataTable'
import { Empty } from '../../ui/Notice'
import { Page } from '../../ui/Page'
import { useReasonWords } from '../impact/reasons'
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
  const list = usePages('waiting', WaitingDocument, { slug }, ({ organization }) => {
    const waiting = organization?.waiting
    return waiting && { ...waiting, nodes: rowsOf(waiting.nodes) }
  })
  const columns = useColumns()
  if (list.error && !list.isThere) return <Unavailable error={list.error} onRetry={list.again} />
  const canSeat = may('SEAT_MANAGE') && may('BILLING_VIEW')
  const table = (
    <DataTable
      label={t('title')}
      columns={columns}
      items={list.nodes}
      isLoading={list.isLoading}
      onLoadMore={list.more}
      selected={canSeat ? new Set(chosen) : undefined}
      onSelect={
        canSeat
          ? (keys) => {
              setChosen(keys === 'all' ? list.nodes.map((row) => row.id) : [...keys].map(String))
            }
          : undefined
      }
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

/** Who is to be seated, as the address says. */
function useChosen(): [readonly string[], (ids: readonly string[]) => void] {
  const [search, setSearch] = useSearchParams()
  const chosen = useMemo(() => search.getAll('seat'), [search])
  return [
    chosen,
    (ids) => {
      setSearch(
        ids.map((id): [string, string] => ['seat', id]),
        { replace: true },
      )
    },
  ]
}

function useColumns(): TableColumn<Row>[] {
  const { t } = useTranslation('waiting')
  const format = useFormats()
  const { timeZone } = useOrganization()
  const reasonOf = useReasonWords()
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
          <span className="soft">
            <Through row={row} />
          </span>
        </span>
      ),
    },
  ]
}

function Through({ row }: { row: Row }) {
  const { t } = useTranslation('impact')
  const { subject } = row.subscription
  if (subject.__typename === 'Everyone') return t('source.everyone')
  if (subject.__typename === 'Member') return t('source.member')
  return t(subject.__typename === 'Team' ? 'source.team' : 'source.department', { name: subject.name })
}
