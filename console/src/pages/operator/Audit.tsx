import { FileText } from 'lucide-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useQuery } from 'urql'

import { usePages } from '../../graphql/pages'
import { useFormats } from '../../i18n/format'
import { ListTable } from '../../shell/ListTable'
import { Unavailable } from '../../shell/Unavailable'
import { Button } from '../../ui/Button'
import { Card, Facts } from '../../ui/Card'
import type { TableColumn } from '../../ui/DataTable'
import { Dialog } from '../../ui/Dialog'
import { ICON, IconButton } from '../../ui/IconButton'
import { Empty, Notice } from '../../ui/Notice'
import { Progress } from '../../ui/Progress'
import { useSearch } from '../../ui/useSearch'
import { OperatorAuditDocument, type OperatorAuditQuery, OperatorAuditVerificationDocument } from './audit.generated'
import { useAuditBar } from './AuditBar'
import styles from './Operator.module.css'
import type { OperatedOrganization } from './Organization'

type Entry = NonNullable<NonNullable<OperatorAuditQuery['organization']>['auditLog']>['nodes'][number] & { id: string }
type Props = { organization: OperatedOrganization }

/** Everything that was done in the organization, the last first, and whether it is still what was written. */
export function Audit({ organization }: Props) {
  const { t } = useTranslation('operator')
  const { slug, timeZone } = organization
  const { filter, bar, isNobody, onEverybody } = useAuditBar(organization)
  const [entry, setEntry] = useSearch('entry')
  const log = usePages('operatorAudit', OperatorAuditDocument, { slug, filter }, (data) => {
    const list = data.organization?.auditLog
    return list && { ...list, nodes: list.nodes.map((one) => ({ id: String(one.sequence), ...one })) }
  })
  const columns = useColumns(timeZone, setEntry)
  const chosen = log.nodes.find((one) => one.id === entry)
  return (
    <>
      <Verification organization={organization} />
      {bar}
      {isNobody && log.nodes.length === 0 ? (
        <Empty title={t('audit.nobody')} actions={<Button onPress={onEverybody}>{t('audit.everybody')}</Button>}>
          {t('audit.nobodyHint')}
        </Empty>
      ) : (
        <>
          {log.isThere && <p className="soft">{t('audit.count', { count: log.totalCount ?? 0 })}</p>}
          <ListTable
            list={log}
            label={t('audit.title')}
            onOpen={setEntry}
            empty={<Empty title={t('audit.empty')}>{t('audit.emptyHint')}</Empty>}
            columns={columns}
          />
        </>
      )}
      <Dialog
        title={t('audit.entry', { sequence: entry })}
        isOpen={chosen !== undefined}
        isWide
        onClose={() => {
          setEntry('')
        }}
      >
        {chosen && <EntryFacts entry={chosen} timeZone={timeZone} />}
      </Dialog>
    </>
  )
}

function useColumns(timeZone: string, onOpen: (entry: string) => void): TableColumn<Entry>[] {
  const { t } = useTranslation('operator')
  const format = useFormats()
  return [
    {
      id: 'sequence',
      name: t('audit.sequence'),
      width: 90,
      isNumber: true,
      cell: (one) => format.number(one.sequence),
    },
    { id: 'at', name: t('audit.at'), width: 180, cell: (one) => format.instant(one.at, timeZone) },
    { id: 'action', name: t('audit.action'), isRowHeader: true, cell: (one) => <code>{one.action}</code> },
    { id: 'actor', name: t('audit.actor'), minWidth: 240, cell: (one) => one.member?.name ?? one.actor },
    {
      id: 'details',
      name: t('actions'),
      width: 100,
      cell: (one) => (
        <IconButton
          label={t('audit.details')}
          describes={String(one.sequence)}
          onPress={() => {
            onOpen(one.id)
          }}
        >
          <FileText {...ICON} />
        </IconButton>
      ),
    },
  ]
}

function EntryFacts({ entry, timeZone }: { entry: Entry; timeZone: string }) {
  const { t } = useTranslation('operator')
  const format = useFormats()
  const text = (value: unknown) => <pre className={styles.json}>{JSON.stringify(value, null, 2)}</pre>
  return (
    <Facts
      facts={[
        [t('audit.action'), <code key="action">{entry.action}</code>],
        [t('audit.at'), format.exactInstant(entry.at, timeZone)],
        [t('audit.actor'), entry.member?.name ?? entry.actor],
        [t('audit.request'), <code key="request">{entry.requestId}</code>],
        [t('audit.before'), text(entry.before)],
        [t('audit.after'), text(entry.after)],
        [t('audit.hash'), <code key="hash">{entry.hash}</code>],
      ]}
    />
  )
}

/** Reads the whole chain, so only when asked. */
function Verification({ organization }: Props) {
  const { t } = useTranslation('operator')
  const format = useFormats()
  const [isAsked, setAsked] = useState(false)
  const [{ data, error, fetching }, again] = useQuery({
    query: OperatorAuditVerificationDocument,
    variables: { slug: organization.slug },
    pause: !isAsked,
    requestPolicy: 'network-only',
  })
  const told = fetching ? null : data?.organization?.auditVerification
  return (
    <Card
      title={t('audit.verification')}
      actions={
        <Button
          isPending={fetching}
          onPress={() => {
            if (isAsked) again({ requestPolicy: 'network-only' })
            setAsked(true)
          }}
        >
          {t('audit.verify')}
        </Button>
      }
    >
      {!isAsked && <p className="soft">{t('audit.verifyLead')}</p>}
      {fetching && <Progress label={t('audit.verifying')} />}
      {error && <Unavailable error={error} onRetry={again} />}
      {told && (
        <Notice
          tone={told.isIntact ? 'good' : 'bad'}
          title={
            told.isIntact
              ? t('audit.intact', { count: told.entryCount })
              : t('audit.broken', {
                  sequence: told.brokenAt?.sequence ?? 0,
                  flaw: t(`audit.flaws.${told.brokenAt?.flaw ?? 'UNKNOWN'}`),
                })
          }
        >
          {t('audit.last', { at: format.exactInstant(told.verifiedAt, organization.timeZone) })}{' '}
          <code>{told.hash}</code>
        </Notice>
      )}
    </Card>
  )
}
