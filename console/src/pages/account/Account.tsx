import { useTranslation } from 'react-i18next'

import { useLiveQuery } from '../../graphql/live'
import { useFormats } from '../../i18n/format'
import { Loading } from '../../shell/Loading'
import { MayNot } from '../../shell/MayNot'
import { useMay, useOrganization } from '../../shell/OrganizationShell'
import { Unavailable } from '../../shell/Unavailable'
import { OWNERS } from '../../shell/useContacts'
import { Card, Figure, Figures } from '../../ui/Card'
import { Empty } from '../../ui/Notice'
import { Page } from '../../ui/Page'
import pairs from '../billing/Billing.module.css'
import { AccountDocument, type AccountQuery } from './account.generated'
import styles from './Account.module.css'
import { Contract } from './Contract'
import { Papers } from './Papers'
import { Payer } from './Payer'
import { Payments } from './Payments'
import { PromoCode } from './PromoCode'

export type BillingAccount = NonNullable<NonNullable<AccountQuery['organization']>['billing']>

/** Who pays, by which terms, and what was paid. It is there before the trial too: a payer can be named at any time. */
export function Account() {
  const { t } = useTranslation('account')
  const { t: billing } = useTranslation('billing')
  const may = useMay()
  const { slug } = useOrganization()
  const mayView = may('BILLING_VIEW')
  const [{ data, error }, again] = useLiveQuery({ query: AccountDocument, variables: { slug }, pause: !mayView })
  if (!mayView) return <Page title={t('title')}>{<MayNot>{billing('mayNot')}</MayNot>}</Page>
  const account = data?.organization?.billing
  if (error && !account) return <Unavailable error={error} onRetry={again} />
  if (!data) return <Loading />
  if (!account) return <Page title={t('title')}>{<Empty title={t('gone')} />}</Page>
  return (
    <Page title={t('title')} lead={t('lead')}>
      {!may('BILLING_MANAGE') && <MayNot roles={OWNERS}>{t('mayNotChange')}</MayNot>}
      <Standing account={account} />
      <div className={pairs.pairs}>
        <div className={styles.column}>
          <Payer profile={account.profile} />
          <Contract account={account} />
        </div>
        <div className={styles.column}>
          <PromoCode redemption={account.promoCode} hasProfile={account.profile !== null} />
          <Papers account={account} />
        </div>
      </div>
      <Payments />
    </Page>
  )
}

function Standing({ account }: { account: BillingAccount }) {
  const { t } = useTranslation('account')
  const format = useFormats()
  const { timeZone } = useOrganization()
  const owes = account.balance.amount.startsWith('-')
  const isOverdue = Number(account.overdue.amount) > 0
  return (
    <Card>
      <Figures>
        <Figure
          label={t('balance')}
          value={format.money(account.balance)}
          note={owes ? t('owed') : Number(account.balance.amount) === 0 ? t('settled') : t('ahead')}
        />
        <Figure
          label={t('overdue')}
          value={format.money(account.overdue)}
          note={isOverdue ? t('overdueNote') : t('nothingOverdue')}
          tone={isOverdue ? 'bad' : undefined}
        />
        <Figure
          label={t('nextCharge')}
          value={account.nextChargeAt === null ? '—' : format.day(account.nextChargeAt, timeZone)}
          note={account.nextChargeAt === null ? t('noCharge') : t('nextChargeNote')}
        />
      </Figures>
    </Card>
  )
}
