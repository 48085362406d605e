import { useTranslation } from 'react-i18next'

import { useLiveQuery } from '../../graphql/live'
import { useFormats } from '../../i18n/format'
import { Unavailable } from '../../shell/Unavailable'
import { Card, Cards, Facts, Figure, Figures } from '../../ui/Card'
import { DataTable } from '../../ui/DataTable'
import { Empty, Notice } from '../../ui/Notice'
import { Progress } from '../../ui/Progress'
import { useOperatorChange } from './changes'
import { DialogButton } from './DialogButton'
import { InputForm } from './InputForm'
import type { OperatedOrganization } from './Organization'
import { OperatorPurgeDocument, SetLegalHoldDocument } from './organization.generated'

type Props = { organization: OperatedOrganization }

/** What would be deleted and when, what keeps it from being deleted, and keeping it from being deleted. */
export function Deletion({ organization }: Props) {
  return (
    <Cards>
      <LegalHold organization={organization} />
      <Tombstone organization={organization} />
      <Preview organization={organization} />
    </Cards>
  )
}

function LegalHold({ organization }: Props) {
  const { t } = useTranslation('operator')
  const { id: organizationId, legalHold, slug } = organization
  const { change, isPending, refusal } = useOperatorChange(SetLegalHoldDocument)
  const set = async (reason: string | null) => (await change({ input: { organizationId, reason } })).done !== null
  return (
    <Card title={t('deletion.hold')}>
      {legalHold === null ? (
        <p>{t('deletion.notHeld')}</p>
      ) : (
        <Notice tone="warn" title={t('deletion.held')}>
          {legalHold}
        </Notice>
      )}
      <div>
        {legalHold === null ? (
          <DialogButton name="hold" label={t('deletion.setHold')}>
            {(close) => (
              <InputForm
                label={t('deletion.setHold')}
                refusal={refusal}
                isPending={isPending}
                onDone={close}
                onSend={(values) => set(values.reason ?? '')}
                inputs={[{ name: 'reason', label: t('reason'), kind: 'lines', hint: t('deletion.reasonHint') }]}
              />
            )}
          </DialogButton>
        ) : (
          <DialogButton name="lift" label={t('deletion.liftHold')} look="danger">
            {(close) => (
              <InputForm
                label={t('deletion.liftHold')}
                look="danger"
                warning={t('deletion.liftWarning')}
                phrase={slug}
                refusal={refusal}
                isPending={isPending}
                onDone={close}
                onSend={() => set(null)}
                inputs={[]}
              />
            )}
          </DialogButton>
        )}
      </div>
    </Card>
  )
}

function Tombstone({ organization }: Props) {
  const { t } = useTranslation('operator')
  const format = useFormats()
  const { tombstone, timeZone } = organization
  if (!tombstone) return null
  return (
    <Card title={t('deletion.tombstone')}>
      <Facts
        facts={[
          [t('reason'), tombstone.reason],
          [t('deletion.decided'), format.instant(tombstone.decidedAt, timeZone)],
          [t('deletion.done'), tombstone.purgedAt === null ? '—' : format.instant(tombstone.purgedAt, timeZone)],
          [t('deletion.receipt'), <code key="hash">{tombstone.receiptHash ?? '—'}</code>],
        ]}
      />
    </Card>
  )
}

function Preview({ organization }: Props) {
  const { t } = useTranslation('operator')
  const format = useFormats()
  const [{ data, error, fetching }, again] = useLiveQuery({
    query: OperatorPurgeDocument,
    variables: { organizationId: organization.id },
  })
  const preview = data?.purgePreview
  if (error && !preview) return <Unavailable error={error} onRetry={again} />
  if (!preview) return fetching ? <Progress label={t('deletion.counting')} /> : null
  return (
    <Card title={t('deletion.preview')} isWide>
      <Figures>
        <Figure
          label={t('deletion.due')}
          value={
            preview.purgeAt === null ? t('deletion.notPlanned') : format.day(preview.purgeAt, organization.timeZone)
          }
        />
        <Figure label={t('deletion.rows')} value={format.number(preview.rows)} />
        <Figure label={t('deletion.deleted')} value={format.number(preview.rowsDeleted)} />
        <Figure
          label={t('deletion.files')}
          value={format.number(preview.files)}
          note={t('deletion.bytes', { count: preview.bytes, bytes: format.number(preview.bytes) })}
        />
      </Figures>
      {preview.obstacles.length > 0 && (
        <Notice title={t('deletion.obstacles')}>
          <ul>
            {preview.obstacles.map((one) => (
              <li key={one}>{t(`deletion.obstacle.${one}`)}</li>
            ))}
          </ul>
        </Notice>
      )}
      <DataTable
        label={t('deletion.preview')}
        items={preview.tables.map((one) => ({ id: one.table, ...one }))}
        empty={<Empty title={t('deletion.nothing')} />}
        height={420}
        columns={[
          { id: 'table', name: t('deletion.table'), isRowHeader: true, cell: (one) => <code>{one.table}</code> },
          { id: 'rows', name: t('deletion.rows'), isNumber: true, width: 160, cell: (one) => format.number(one.rows) },
        ]}
      />
    </Card>
  )
}
