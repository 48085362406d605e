import { Ban, Pencil, RefreshCw } from 'lucide-react'
import { useTranslation } from 'react-i18next'

import { backward, usePages } from '../../graphql/pages'
import { useFormats } from '../../i18n/format'
import { ListTable } from '../../shell/ListTable'
import { Badge } from '../../ui/Badge'
import type { TableColumn } from '../../ui/DataTable'
import { ICON } from '../../ui/IconButton'
import { Empty } from '../../ui/Notice'
import { Page } from '../../ui/Page'
import { DialogButton } from './DialogButton'
import { EditPartnerKey, NewPartnerKey, RevokePartnerKey, RotatePartnerKey } from './PartnerKeyForms'
import { OperatorPartnerKeysDocument, type OperatorPartnerKeysQuery } from './partners.generated'

export type PartnerKey = NonNullable<OperatorPartnerKeysQuery['partnerKeys']>['nodes'][number]

/** Keys that partners' programs hold: each manages named organizations and acts as nobody in them. */
export function PartnerKeys() {
  const { t } = useTranslation('operator')
  const columns = useColumns()
  const keys = usePages('partner keys', OperatorPartnerKeysDocument, {}, (data) => backward(data.partnerKeys))
  return (
    <Page
      title={t('partners.title')}
      lead={keys.totalCount === null ? undefined : t('partners.count', { count: keys.totalCount })}
      actions={
        <DialogButton name="new" label={t('partners.new')} look="primary" isWide>
          {(close) => <NewPartnerKey onDone={close} />}
        </DialogButton>
      }
    >
      <ListTable
        list={keys}
        label={t('partners.title')}
        columns={columns}
        empty={<Empty title={t('partners.empty')}>{t('partners.emptyHint')}</Empty>}
      />
    </Page>
  )
}

function useColumns(): TableColumn<PartnerKey>[] {
  const { t } = useTranslation('operator')
  const format = useFormats()
  return [
    { id: 'name', name: t('partners.name'), isRowHeader: true, minWidth: 150, cell: (one) => one.name },
    { id: 'prefix', name: t('partners.prefix'), width: 250, cell: (one) => <code>{one.prefix}</code> },
    {
      id: 'organizations',
      name: t('partners.organizations'),
      width: 122,
      isNumber: true,
      cell: (one) => format.number(one.organizations.totalCount),
    },
    {
      id: 'used',
      name: t('partners.used'),
      width: 116,
      cell: (one) => (one.lastUsedAt === null ? t('partners.never') : format.shortDay(one.lastUsedAt)),
    },
    {
      id: 'state',
      name: t('partners.state'),
      width: 184,
      cell: (one) => <KeyBadge partnerKey={one} />,
    },
    {
      id: 'actions',
      name: t('actions'),
      width: 160,
      cell: (one) => one.revokedAt === null && <KeyActions partnerKey={one} />,
    },
  ]
}

function KeyBadge({ partnerKey }: { partnerKey: PartnerKey }) {
  const { t } = useTranslation('operator')
  const format = useFormats()
  if (partnerKey.revokedAt !== null) return <Badge tone="bad">{t('partners.revoked')}</Badge>
  if (partnerKey.expiresAt !== null) {
    return <Badge tone="warn">{t('partners.until', { day: format.day(partnerKey.expiresAt) })}</Badge>
  }
  return <Badge tone="good">{t('partners.works', { count: partnerKey.secrets.length })}</Badge>
}

function KeyActions({ partnerKey }: { partnerKey: PartnerKey }) {
  const { t } = useTranslation('operator')
  const { id, name } = partnerKey
  return (
    <>
      <DialogButton name={`edit ${id}`} label={t('partners.edit')} icon={<Pencil {...ICON} />} describes={name} isWide>
        {(close) => <EditPartnerKey partnerKey={partnerKey} onDone={close} />}
      </DialogButton>
      <DialogButton name={`rotate ${id}`} label={t('partners.rotate')} icon={<RefreshCw {...ICON} />} describes={name}>
        {(close) => <RotatePartnerKey partnerKey={partnerKey} onDone={close} />}
      </DialogButton>
      <DialogButton
        name={`revoke ${id}`}
        label={t('partners.revoke')}
        icon={<Ban {...ICON} />}
        look="danger"
        describes={name}
      >
        {(close) => <RevokePartnerKey partnerKey={partnerKey} onDone={close} />}
      </DialogButton>
    </>
  )
}
