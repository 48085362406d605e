import { useTranslation } from 'react-i18next'

import { usePages } from '../../graphql/pages'
import { useFormats } from '../../i18n/format'
import { Unavailable } from '../../shell/Unavailable'
import { Badge } from '../../ui/Badge'
import { DataTable } from '../../ui/DataTable'
import { Empty } from '../../ui/Notice'
import { Page } from '../../ui/Page'
import { useSearch, useSearches } from '../../ui/useSearch'
import { useOperatorChange } from './changes'
import { Clock } from './Clock'
import { CreateClockDocument, KnownClocksDocument } from './clocks.generated'
import { clocksOf } from './clocksOf'
import { DialogButton } from './DialogButton'
import { InputForm } from './InputForm'

/** Clocks for tests. Those known are those that organizations live by; the one in the address is shown. */
export function Clocks() {
  const { t } = useTranslation('operator')
  const format = useFormats()
  const [chosen, setChosen] = useSearch('clock')
  const found = usePages('known clocks', KnownClocksDocument, {}, (data) => data.organizations)
  const known = clocksOf(found.nodes).map((one) => ({ id: one.clock.id, ...one }))
  return (
    <Page title={t('clocks.title')} lead={t('clocks.lead')} actions={<NewClock />}>
      {chosen !== '' && <Clock key={chosen} id={chosen} />}
      {found.error && <Unavailable error={found.error} onRetry={found.again} />}
      <DataTable
        label={t('clocks.known')}
        items={known}
        isLoading={found.isLoading}
        onOpen={setChosen}
        onLoadMore={found.more}
        empty={<Empty title={t('clocks.empty')}>{t('clocks.emptyHint')}</Empty>}
        columns={[
          {
            id: 'now',
            name: t('clocks.now'),
            isRowHeader: true,
            width: 220,
            cell: (one) => format.instant(one.clock.now, 'UTC'),
          },
          {
            id: 'state',
            name: t('clocks.state'),
            width: 160,
            cell: (one) =>
              one.clock.advancingTo === null ? (
                <Badge>{t('clocks.stands')}</Badge>
              ) : (
                <Badge tone="warn">{t('clocks.advances')}</Badge>
              ),
          },
          { id: 'names', name: t('clocks.organizations'), minWidth: 300, cell: (one) => format.list(one.names) },
          {
            id: 'expires',
            name: t('clocks.expires'),
            width: 190,
            cell: (one) => (one.clock.expiresAt === null ? '—' : format.instant(one.clock.expiresAt)),
          },
        ]}
      />
    </Page>
  )
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
