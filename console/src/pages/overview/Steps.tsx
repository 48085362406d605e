import { useTranslation } from 'react-i18next'

import { useFormats } from '../../i18n/format'
import { useMay, useOrganization } from '../../shell/OrganizationShell'
import { ButtonLink } from '../../ui/Button'
import { Notice } from '../../ui/Notice'
import type { OverviewQuery } from './overview.generated'
import styles from './Overview.module.css'

type Data = NonNullable<OverviewQuery['organization']>
type Step = {
  id: 'reopen' | 'subscribe' | 'rescue' | 'profile' | 'waiting' | 'overdue' | 'due'
  to: string
  tone: 'info' | 'warn' | 'bad'
}

/** What to do next, the most pressing first. */
export function Steps({ organization }: { organization: Data }) {
  const { t } = useTranslation('overview')
  const format = useFormats()
  const { slug, timeZone } = useOrganization()
  const next = organization.invoices?.nodes[0]
  const due = next && {
    number: next.number,
    amount: format.money(next.outstanding),
    day: format.day(next.dueAt, timeZone),
  }
  const steps = useSteps(organization)
  if (steps.length === 0) return null
  return (
    <section aria-label={t('steps.title')} className={styles.steps}>
      {steps.map((step) => (
        <Notice
          key={step.id}
          tone={step.tone}
          title={t(`steps.${step.id}.title`, { count: organization.seats?.waiting ?? 0, ...due })}
          actions={<ButtonLink to={`/o/${slug}${step.to}`}>{t(`steps.${step.id}.do`)}</ButtonLink>}
        >
          {t(`steps.${step.id}.words`, { ...due })}
        </Notice>
      ))}
    </section>
  )
}

function useSteps({ seats, seatSubscriptions, billing, late, invoices }: Data): Step[] {
  const may = useMay()
  const { state } = useOrganization()
  const isEmpty = seatSubscriptions?.totalCount === 0
  const steps: Step[] = []
  if (state === 'CLOSED' && may('ORGANIZATION_MANAGE')) steps.push({ id: 'reopen', to: '/settings', tone: 'warn' })
  if (isEmpty && may('SEAT_MANAGE')) {
    const isLate = state === 'RETENTION'
    steps.push({ id: isLate ? 'rescue' : 'subscribe', to: '/seats/change', tone: isLate ? 'bad' : 'info' })
  }
  if (billing && Number(billing.overdue.amount) > 0)
    steps.push({ id: 'overdue', to: `/invoices${lateOf(late?.nodes ?? [])}`, tone: 'bad' })
  const [next] = invoices?.nodes ?? []
  if (next) steps.push({ id: 'due', to: `/invoices/${next.id}`, tone: 'info' })
  if (seats && seats.waiting > 0) steps.push({ id: 'waiting', to: '/waiting', tone: 'warn' })
  if (billing?.profile === null && may('BILLING_MANAGE'))
    steps.push({ id: 'profile', to: '/account?edit=payer', tone: 'info' })
  return steps
}

/** To the one invoice that is late, or to the list of them. */
const lateOf = (late: readonly { id: string }[]) => (late.length === 1 && late[0] ? `/${late[0].id}` : '?state=OVERDUE')
