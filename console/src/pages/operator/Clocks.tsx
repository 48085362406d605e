import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'

import { backward, usePages } from '../../graphql/pages'
import { useFormats } from '../../i18n/format'
import { ListTable } from '../../shell/ListTable'
import { Badge } from '../../ui/Badge'
import type { TableColumn } from '../../ui/DataTable'
import { Empty } from '../../ui/Notice'
import { Page } from '../../ui/Page'
import { useSearch, useSearches } from '../../ui/useSearch'
import { useOperatorChange } from './changes'
import { Clock } from './Clock'
import { type ListedClock, useNamesOn } from './clockChoices'
import { CreateClockDocument, TestClocksDocument } from './clocks.generated'
import { DialogButton } from './DialogButton'
import { InputForm } from './InputForm'

/** Clocks for tests, or the one that the address names. */
export function Clocks() {
  const [chosen] = useSearch('clock')
  return chosen === '' ? <List /> : <Clock key={chosen} id={chosen} />
}

function List() {
  const { t } = useTranslation('operator')
  const setSearches = useSearches()
  const clocks = usePages('testClocks', TestClocksDocument, {}, (data) => backward(data.testClocks))
  const columns = useColumns()
  return (
    <Page title={t('clocks.title')} lead={t('clocks.lead')} actions={<NewClock />}>
      <ListTable
        list={clocks}
        label={t('clocks.title')}
        columns={columns}
        onOpen={(id) => {
          setSearches({ clock: id })
        }}
        empty={<Empty title={t('clocks.empty')}>{t('clocks.emptyHint')}</Empty>}
      />
    </Page>
  )
}

function useColumns(): TableColumn<ListedClock>[] {
  const { t } = useTranslation('operator')
  const format = useFormats()
  const namesOn = useNamesOn()
  return [
    {
      id: 'now',
      name: t('clocks.now'),
      isRowHeader: true,
      width: 200,
      cell: (one) => (
        <Link to={`/operator/clocks?clock=${encodeURIComponent(one.id)}`}>{format.instant(one.now, 'UTC')}</Link>
      ),
    },
    {
      id: 'state',
      name: t('clocks.state'),
      width: 120,
      cell: (one) =>
        one.advancingTo === null ? (
          <Badge>{t('clocks.stands')}</Badge>
        ) : (
          <Badge tone="warn">{t('clocks.advances')}</Badge>
        ),
    },
    { id: 'names', name: t('clocks.organizations'), minWidth: 240, cell: namesOn },
    { id: 'made', name: t('organizations.created'), width: 176, cell: (one) => format.instant(one.createdAt) },
    {
      id: 'expires',
      name: t('clocks.expires'),
      width: 130,
      cell: (one) => (one.expiresAt === null ? '—' : format.shortDay(one.expiresAt)),
    },
  ]
}

function NewClock() {
  const { t } = useTranslation('operator')
  const setSearches = useSearches()
  const { change, isPending, refusal } = useOperatorChange(CreateClockDocument)
  return (
    <DialogButton name="new" label={t('clocks.new')} look="primary">
      {() => (
        <InputForm
          label={t('clocks.new')}
          send={t('create')}
          refusal={refusal}
          isPending={isPending}
          onSend={async ({ now }) => {
            const { done } = await change({ input: { now: now ?? '' } })
            if (!done) return false
            setSearches({ dialog: '', clock: done.testClock.id })
            return true
          }}
          inputs={[
            {
              name: 'now',
              label: t('clocks.now'),
              kind: 'instant',
              initial: '2026-01-01T09:00',
              hint: t('clocks.newHint'),
            },
          ]}
        />
      )}
    </DialogButton>
  )
}
