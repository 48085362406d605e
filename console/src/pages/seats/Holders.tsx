import { useTranslation } from 'react-i18next'

import { usePages } from '../../graphql/pages'
import { useFormats } from '../../i18n/format'
import { ListTable } from '../../shell/ListTable'
import { useMay, useOrganization } from '../../shell/OrganizationShell'
import { ButtonLink } from '../../ui/Button'
import type { TableColumn } from '../../ui/DataTable'
import { TextField } from '../../ui/Field'
import { Empty } from '../../ui/Notice'
import { Toolbar } from '../../ui/Page'
import { useTypedSearch } from '../../ui/useSearch'
import { changeLink } from './choice'
import { HoldersDocument, type HoldersQuery } from './seats.generated'
import { useSubjectWords } from './useSubjects'

type Connection = NonNullable<NonNullable<HoldersQuery['organization']>['members']>
type Row = Connection['nodes'][number]

/** Who has a seat now, through what, and since when. */
export function Holders() {
  const { t } = useTranslation('seats')
  const { slug } = useOrganization()
  const [typed, setTyped, text] = useTypedSearch('text')
  const list = usePages(
    'holders',
    HoldersDocument,
    { slug, text: text === '' ? null : text },
    (data) => data.organization?.members,
  )
  const columns = useColumns()
  return (
    <>
      <Toolbar>
        <TextField label={t('searchHolders')} type="search" value={typed} onChange={setTyped} />
        {list.totalCount !== null && <p className="soft">{t('holderCount', { count: list.totalCount })}</p>}
      </Toolbar>
      <ListTable
        list={list}
        label={t('view.holders')}
        columns={columns}
        empty={<Empty title={t(text === '' ? 'empty.holders' : 'empty.found')} />}
      />
    </>
  )
}

function useColumns(): TableColumn<Row>[] {
  const { t } = useTranslation('seats')
  const format = useFormats()
  const { slug, timeZone } = useOrganization()
  const may = useMay()
  const { sourceOf } = useSubjectWords()
  return [
    { id: 'name', name: t('column.name'), isRowHeader: true, minWidth: 180, cell: (row) => row.name ?? '—' },
    { id: 'department', name: t('column.department'), width: 140, cell: (row) => row.department?.name ?? '—' },
    {
      id: 'through',
      name: t('column.through'),
      minWidth: 200,
      cell: (row) => format.list((row.seat?.sources ?? []).map(sourceOf)),
    },
    {
      id: 'since',
      name: t('column.since'),
      width: 178,
      cell: (row) => (row.seat ? format.instant(row.seat.grantedAt, timeZone) : ''),
    },
    ...(may('SEAT_MANAGE')
      ? [
          {
            id: 'action',
            name: t('column.action'),
            width: 240,
            cell: (row: Row) => (
              <ButtonLink look="quiet" {...changeLink(slug, { remove: [`member:${row.id}`] })}>
                {t('replace')}
              </ButtonLink>
            ),
          },
        ]
      : []),
  ]
}
