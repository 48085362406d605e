import { useState } from 'react'
import { useTranslation } from 'react-i18next'

import { useChange } from '../../graphql/refusals'
import { useFormats } from '../../i18n/format'
import { useOrganization } from '../../shell/OrganizationShell'
import { Button } from '../../ui/Button'
import { Card } from '../../ui/Card'
import { Dialog } from '../../ui/Dialog'
import { TextField } from '../../ui/Field'
import { Notice, RefusalNotice } from '../../ui/Notice'
import { Actions, Form } from '../../ui/Page'
import { useSearch } from '../../ui/useSearch'
import { CloseOrganizationDocument, ReopenOrganizationDocument } from './settings.generated'

/** Closing the organization, which has to be meant, and opening it again while that is possible (R1.10). */
export function Closing() {
  const { t } = useTranslation('settings')
  const { state } = useOrganization()
  const [dialog, setDialog] = useSearch('dialog')
  if (state === 'CLOSED') return <Reopen />
  if (state === 'PURGING' || state === 'PURGED') return null
  return (
    <Card title={t('close.title')}>
      <p>{t('close.lead')}</p>
      <Actions>
        <Button
          look="danger"
          onPress={() => {
            setDialog('close')
          }}
        >
          {t('close.open')}
        </Button>
      </Actions>
      <Dialog
        title={t('close.title')}
        isOpen={dialog === 'close'}
        onClose={() => {
          setDialog('')
        }}
      >
        <Confirm
          onClose={() => {
            setDialog('')
          }}
        />
      </Dialog>
    </Card>
  )
}

function Confirm({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation('settings')
  const { t: common } = useTranslation()
  const { id: organizationId, name } = useOrganization()
  const [typed, setTyped] = useState('')
  const { change, isPending, refusal } = useChange(CloseOrganizationDocument)
  const close = async () => {
    if (typed !== name) return
    const { done } = await change({ input: { organizationId } })
    if (done) onClose()
  }
  return (
    <Form onSubmit={() => void close()} label={t('close.title')}>
      <RefusalNotice refusal={refusal} />
      <Notice tone="warn">{t('close.what')}</Notice>
      <TextField label={t('close.type', { name })} value={typed} onChange={setTyped} autoComplete="off" />
      <Actions>
        <Button type="submit" look="danger" isDisabled={typed !== name} isPending={isPending}>
          {t('close.confirm')}
        </Button>
        <Button onPress={onClose}>{common('cancel')}</Button>
      </Actions>
    </Form>
  )
}

function Reopen() {
  const { t } = useTranslation('settings')
  const format = useFormats()
  const { id: organizationId, purgeAt, closedAt, timeZone } = useOrganization()
  const { change, isPending, refusal } = useChange(ReopenOrganizationDocument)
  return (
    <Card title={t('close.closed')}>
      <RefusalNotice refusal={refusal} />
      {closedAt !== null && <p>{t('close.since', { at: format.instant(closedAt, timeZone) })}</p>}
      {purgeAt !== null && <p>{t('close.purge', { at: format.zonedInstant(purgeAt, timeZone) })}</p>}
      <Actions>
        <Button look="primary" isPending={isPending} onPress={() => void change({ input: { organizationId } })}>
          {t('close.reopen')}
        </Button>
      </Actions>
    </Card>
  )
}
