import { useEffect } from 'react'
import { useTranslation } from 'react-i18next'
import { useQuery } from 'urql'

import { useChange } from '../../graphql/refusals'
import { useFormats } from '../../i18n/format'
import { useOrganization } from '../../shell/OrganizationShell'
import { Button } from '../../ui/Button'
import { Card, Facts } from '../../ui/Card'
import { Notice, RefusalNotice } from '../../ui/Notice'
import { Actions } from '../../ui/Page'
import { Progress } from '../../ui/Progress'
import { useSearch } from '../../ui/useSearch'
import styles from './Settings.module.css'
import { ExportDocument, type ExportFragment, StartExportDocument } from './settings.generated'

/** Everything the organization has, as a file; the one being made is in the address, so that a reload finds it. */
export function ExportCard() {
  const { t } = useTranslation('settings')
  const { id: organizationId } = useOrganization()
  const [exportId, setExportId] = useSearch('export')
  const made = useExport(exportId)
  const { change, isPending, refusal } = useChange(StartExportDocument)
  const start = async () => {
    const { done } = await change({ input: { organizationId } })
    if (done) setExportId(done.export.id)
  }
  const isRunning = made?.state === 'PENDING' || made?.state === 'RUNNING'
  return (
    <Card title={t('export.title')}>
      <p className="soft">{t('export.lead')}</p>
      <RefusalNotice refusal={refusal} />
      {isRunning && <Progress label={t('export.running')} value={made.progress} />}
      {made?.state === 'FAILED' && <Notice tone="bad" title={t('export.failed')} />}
      {made?.state === 'EXPIRED' && <Notice title={t('export.expired')} />}
      {made?.state === 'READY' && <Ready made={made} />}
      <Actions>
        <Button onPress={() => void start()} isPending={isPending} isDisabled={isRunning}>
          {t('export.start')}
        </Button>
      </Actions>
    </Card>
  )
}

const MEGA = 1_000_000

function Ready({ made }: { made: ExportFragment }) {
  const { t } = useTranslation('settings')
  const { timeZone } = useOrganization()
  const format = useFormats()
  return (
    <>
      <Notice
        tone="good"
        title={t('export.ready')}
        actions={
          made.downloadUrl !== null && (
            <a href={made.downloadUrl} download className={styles.download}>
              {t('export.download')}
            </a>
          )
        }
      >
        {made.expiresAt !== null && t('export.until', { at: format.zonedInstant(made.expiresAt, timeZone) })}
      </Notice>
      <Facts
        facts={[
          [t('export.rows'), format.number(made.rows ?? 0)],
          [
            t('export.size'),
            t('export.megabytes', { size: format.number(Math.ceil(((made.bytes ?? 0) / MEGA) * 100) / 100) }),
          ],
          ['SHA-256', <code key="hash">{made.sha256}</code>],
        ]}
      />
    </>
  )
}

/** Milliseconds between two looks at an export that is not made yet. */
const BETWEEN = 1000

function useExport(id: string): ExportFragment | null {
  const { id: organizationId } = useOrganization()
  const [{ data, fetching }, look] = useQuery({ query: ExportDocument, variables: { id }, pause: id === '' })
  const made = data?.node?.__typename === 'OrganizationExport' ? data.node : null
  const isOn = id !== '' && (made === null || made.state === 'PENDING' || made.state === 'RUNNING')
  useEffect(() => {
    if (!isOn || fetching) return
    const timer = setTimeout(() => {
      look({ requestPolicy: 'network-only' })
    }, BETWEEN)
    return () => {
      clearTimeout(timer)
    }
  }, [isOn, fetching, look])
  return id === '' || made?.organization.id !== organizationId ? null : made
}
