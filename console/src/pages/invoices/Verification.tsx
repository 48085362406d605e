import { useTranslation } from 'react-i18next'

import { useLiveQuery } from '../../graphql/live'
import { refusalOf } from '../../graphql/refusals'
import { Button, Download } from '../../ui/Button'
import { Card } from '../../ui/Card'
import { Notice, RefusalNotice } from '../../ui/Notice'
import { Actions } from '../../ui/Page'
import { Progress } from '../../ui/Progress'
import { InvoiceVerificationDocument } from './invoice.generated'
import styles from './Invoice.module.css'

type VerificationProps = { invoiceId: string; digest: string; evidenceUrl: string }

/** Whether the invoice is still what the ledger makes of the month, and what proves it to others. */
export function Verification({ invoiceId, digest, evidenceUrl }: VerificationProps) {
  const { t } = useTranslation('invoices')
  const [{ data, error, fetching }, again] = useLiveQuery({
    query: InvoiceVerificationDocument,
    variables: { invoiceId },
    requestPolicy: 'network-only',
  })
  const found = data?.node?.__typename === 'Invoice' ? data.node.verification : null
  return (
    <Card title={t('proof')} isWide>
      {fetching && <Progress label={t('verifying')} />}
      {!fetching && error && <RefusalNotice refusal={refusalOf(error)} />}
      {!fetching && found?.identical && (
        <Notice tone="good" title={t('identical')}>
          {t('identicalWords')}
        </Notice>
      )}
      {!fetching && found && !found.identical && (
        <Notice tone={found.differences.length > 0 ? 'bad' : 'warn'} title={t('notIdentical')}>
          <Sentences title={t('differences')} sentences={found.differences} />
          <Sentences title={t('unchecked')} sentences={found.unchecked} />
        </Notice>
      )}
      <p>{t('digest')}</p>
      <code className={styles.digest}>{digest}</code>
      <p className="soft">{t('evidenceWords')}</p>
      <Actions>
        <Download href={evidenceUrl}>{t('evidence')}</Download>
        <Button
          isDisabled={fetching}
          onPress={() => {
            again({ requestPolicy: 'network-only' })
          }}
        >
          {t('verify')}
        </Button>
      </Actions>
    </Card>
  )
}

/** What the server says, in the reader's language. */
function Sentences({ title, sentences }: { title: string; sentences: readonly string[] }) {
  if (sentences.length === 0) return null
  return (
    <>
      <p>{title}</p>
      <ul className={styles.sentences}>
        {sentences.map((sentence) => (
          <li key={sentence}>{sentence}</li>
        ))}
      </ul>
    </>
  )
}
