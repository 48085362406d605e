import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { Key } from 'react-stately'

import { usePages } from '../../graphql/pages'
import { useFormats } from '../../i18n/format'
import { ListTable } from '../../shell/ListTable'
import { useMay, useOrganization } from '../../shell/OrganizationShell'
import { Badge } from '../../ui/Badge'
import { ButtonLink } from '../../ui/Button'
import type { TableColumn } from '../../ui/DataTable'
import { Empty } from '../../ui/Notice'
import { Actions } from '../../ui/Page'
import { changeLink, tokenOf } from './choice'
import styles from './Seats.module.css'
import { SubscriptionsDocument, type SubscriptionsQuery } from './seats.generated'
import { useSubjectName, useSubjectText } from './subjectNames'

type Connection = NonNullable<NonNullable<SubscriptionsQuery['organization']>['seatSubscriptions']>
type Row = Connection['nodes'][number]

/** Whom subscriptions cover, in force or ended; those in force can be chosen to end together. */
export function Subscriptions({ inForce }: { inForce: boolean }) {
  const { t } = useTranslation('seats')
  const { slug } = useOrganization()
  const may = useMay()
  const [selected, setSelected] = useState<ReadonlySet<Key>>(new Set())
  const list = usePages(
    'subscriptions',
    SubscriptionsDocument,
    { slug, inForce },
    (data) => data.organization?.seatSubscriptions,
  )
  const columns = useColumns(inForce)
  const textOf = useSubjectText()
  const canEnd = inForce && may('SEAT_MANAGE')
  const chosen = list.nodes.filter((one) => selected.has(one.id))
  return (
    <>
      {canEnd && chosen.length > 0 && (
        <Actions>
          <ButtonLink {...changeLink(slug, { remove: chosen.map((one) => tokenOf(one.subject)) })}>
            {t('unsubscribeChosen', { count: chosen.length })}
          </ButtonLink>
        </Actions>
      )}
      <ListTable
        list={list}
        label={t(inForce ? 'view.subscriptions' : 'view.ended')}
        columns={columns}
        choice={
          canEnd ? { chosen: selected, onChoose: setSelected, nameOf: ({ subject }) => textOf(subject) } : undefined
        }
        empty={<Nothing inForce={inForce} />}
      />
    </>
  )
}

function Nothing({ inForce }: { inForce: boolean }) {
  const { t } = useTranslation('seats')
  const { slug } = useOrganization()
  const may = useMay()
  if (!inForce) return <Empty title={t('empty.ended')} />
  return (
    <Empty
      title={t('empty.subscriptions')}
      actions={
        may('SEAT_MANAGE') && (
          <ButtonLink look="primary" to={`/o/${slug}/seats/change`}>
            {t('empty.subscribe')}
          </ButtonLink>
        )
      }
    >
      {t('empty.subscriptionsHint')}
    </Empty>
  )
}

function useColumns(inForce: boolean): TableColumn<Row>[] {
  const { t } = useTranslation('seats')
  const format = useFormats()
  const { timeZone, slug } = useOrganization()
  const may = useMay()
  const nameOf = useSubjectName()
  const madeBy = (row: Row) =>
    row.createdByMember?.name ?? t(row.createdBy.startsWith('operator') ? 'by.operator' : 'by.other')
  return [
    { id: 'subject', name: t('column.subject'), isRowHeader: true, minWidth: 190, cell: (row) => nameOf(row.subject) },
    ...(inForce
      ? ([
          {
            id: 'seats',
            name: t('column.seats'),
            width: 76,
            isNumber: true,
            cell: (row) => format.number(row.seatCount),
          },
          {
            id: 'waiting',
            name: t('column.waiting'),
            width: 92,
            isNumber: true,
            cell: (row) =>
              row.waitingCount > 0 ? <Badge tone="warn">{format.number(row.waitingCount)}</Badge> : format.number(0),
          },
          { id: 'joins', name: t('column.joins'), width: 170, cell: (row) => <Joins row={row} /> },
        ] satisfies TableColumn<Row>[])
      : []),
    {
      id: 'since',
      name: t('column.since'),
      width: 186,
      cell: (row) => (
        <span className={styles.lines}>
          {format.instant(row.createdAt, timeZone)}
          <span className="soft">{madeBy(row)}</span>
        </span>
      ),
    },
    ...(inForce
      ? []
      : [
          {
            id: 'ended',
            name: t('column.ended'),
            width: 178,
            cell: (row: Row) => (row.endedAt === null ? '' : format.instant(row.endedAt, timeZone)),
          },
        ]),
    ...(inForce && may('SEAT_MANAGE')
      ? [
          {
            id: 'end',
            name: t('column.action'),
            width: 168,
            cell: (row: Row) => (
              <ButtonLink look="quiet" {...changeLink(slug, { remove: [tokenOf(row.subject)] })}>
                {t('unsubscribe')}
              </ButtonLink>
            ),
          },
        ]
      : []),
  ]
}

/** Only groups have people who join them. */
function Joins({ row }: { row: Row }) {
  const { t } = useTranslation('seats')
  return row.subject.__typename === 'Member' ? (
    <span className="soft">—</span>
  ) : (
    <span className="two-lines">{t(`joins.${row.joins}`)}</span>
  )
}
