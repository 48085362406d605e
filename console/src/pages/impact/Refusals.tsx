import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'

import type { Permission } from '../../graphql/generated/schema'
import type { Problem, Refusal } from '../../graphql/refusals'
import { useFormats } from '../../i18n/format'
import { useMay, useOrganization } from '../../shell/OrganizationShell'
import { OWNERS, useContacts } from '../../shell/useContacts'
import { ButtonLink } from '../../ui/Button'
import { Notice, RefusalNotice } from '../../ui/Notice'

type RefusalsProps = { refusal: Refusal | null; refused: readonly Problem[]; shown: readonly string[] }

/** Why the change cannot be made as it is, and where that can be put right. */
export function Refusals({ refusal, refused, shown }: RefusalsProps) {
  const { t } = useTranslation('impact')
  const isBeside = refusal !== null && refusal.problems.length > 0 && refusal.problems.every(isShown(shown))
  return (
    <>
      {isBeside && <Notice tone="bad" title={t('refused.beside')} />}
      {!isBeside && <RefusalNotice refusal={refusal} shown={shown} />}
      {[...new Set(refused.map((one) => one.code))].map((code) => (
        <Limit key={code} code={code} fallback={refused.find((one) => one.code === code)?.message ?? code} />
      ))}
    </>
  )
}

const isShown = (shown: readonly string[]) => (problem: Problem) =>
  shown.includes(problem.path[1] ?? '') && problem.path.length > 2

function Limit({ code, fallback }: { code: string; fallback: string }) {
  const { t, i18n } = useTranslation('impact')
  const action = useWayOut(code)
  const asked = useAsked(code)
  const key = `refused.${code}`
  const words = i18n.exists(key, { ns: 'impact' }) ? t(key as 'refused.SEAT_CHURN') : fallback
  return (
    <Notice tone="bad" title={t('refused.title')} actions={action}>
      {words} {asked}
    </Notice>
  )
}

function useWayOut(code: string): ReactNode {
  const { t } = useTranslation('impact')
  const { slug } = useOrganization()
  const may = useMay()
  if (code === 'BILLING_PROFILE_REQUIRED' && may('BILLING_MANAGE')) {
    return <ButtonLink to={`/o/${slug}/account?edit=payer`}>{t('wayOut.account')}</ButtonLink>
  }
  if ((code === 'SEAT_LIMIT_REACHED' || code === 'BUDGET_REACHED') && may('ORGANIZATION_MANAGE')) {
    return <ButtonLink to={`/o/${slug}/settings`}>{t('wayOut.settings')}</ButtonLink>
  }
  if (code === 'CONTRACT_REQUIRED') {
    return <ButtonLink to={`/o/${slug}/account?edit=contract`}>{t('wayOut.contract')}</ButtonLink>
  }
  return undefined
}

/** What it takes to put right a refusal that whoever manages seats alone cannot. */
const NEEDS: Record<string, Permission> = {
  BILLING_PROFILE_REQUIRED: 'BILLING_MANAGE',
  SEAT_LIMIT_REACHED: 'ORGANIZATION_MANAGE',
  BUDGET_REACHED: 'ORGANIZATION_MANAGE',
}

/** Whom to ask, where the reader cannot put it right. */
function useAsked(code: string): string {
  const { t } = useTranslation()
  const format = useFormats()
  const may = useMay()
  const owners = useContacts(OWNERS)
  const needed = NEEDS[code]
  if (needed === undefined || may(needed) || owners.length === 0) return ''
  return t('mayNot.ask', { who: format.list(owners.map((one) => one.name)) })
}
