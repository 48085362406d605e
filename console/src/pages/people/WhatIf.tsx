import { useTranslation } from 'react-i18next'

import type { ChangeInput } from '../../graphql/generated/schema'
import { useMay } from '../../shell/OrganizationShell'
import { Notice } from '../../ui/Notice'
import { AskedImpact } from '../impact/Impact'
import { useWhatIf } from '../impact/useWhatIf'

/** What a change of people would do to seats and money, for those who may see both. */
export function WhatIf({ change }: { change: ChangeInput }) {
  const { t } = useTranslation('people')
  const may = useMay()
  const isSeen = may('BILLING_VIEW') && may('SEAT_VIEW')
  const whatIf = useWhatIf(isSeen ? change : null)
  return isSeen ? <AskedImpact whatIf={whatIf} /> : <Notice>{t('unseenImpact')}</Notice>
}
