import { useTranslation } from 'react-i18next'
import { useQuery } from 'urql'

import { useOrganization } from '../../shell/OrganizationShell'
import { Download } from '../../ui/Button'
import { Card } from '../../ui/Card'
import { Select } from '../../ui/Field'
import { useSearch } from '../../ui/useSearch'
import { useMonths } from '../month/useMonths'
import { AccountStatementDocument } from './account.generated'
import type { BillingAccount } from './Account'
import styles from './Account.module.css'
import { quartersOf } from './quarters'

/** The account of a quarter on paper, and lists for spreadsheets. */
export function Papers({ account }: { account: BillingAccount }) {
  const { t } = useTranslation('account')
  return (
    <Card title={t('papers.title')}>
      <Quarter />
      <div className={styles.lists}>
        <strong>{t('papers.lists')}</strong>
        <a href={account.invoicesCsvUrl} download>
          {t('papers.invoices')}
        </a>
        <a href={account.paymentsCsvUrl} download>
          {t('papers.payments')}
        </a>
        <a href={account.statementsCsvUrl} download>
          {t('papers.months')}
        </a>
      </div>
    </Card>
  )
}

function Quarter() {
  const { t } = useTranslation('account')
  const { slug } = useOrganization()
  const quarters = quartersOf(useMonths())
  const [quarter, choose] = useSearch('quarter', quarters[0])
  const [{ data }] = useQuery({ query: AccountStatementDocument, variables: { slug, quarter } })
  const urls = data?.organization?.billing
  return (
    <>
      <p className="soft">{t('papers.lead')}</p>
      <div className={styles.papers}>
        <Select
          label={t('papers.quarter')}
          value={quarter}
          onChange={choose}
          choices={quarters.map((id) => {
            const [year = '', number = ''] = id.split('-Q')
            return { id, label: t('papers.quarterName', { number, year }) }
          })}
        />
        {urls && (
          <>
            <Download href={urls.english}>{t('papers.EN')}</Download>
            <Download href={urls.russian}>{t('papers.RU')}</Download>
          </>
        )}
      </div>
    </>
  )
}
