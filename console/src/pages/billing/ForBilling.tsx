import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'

import { MayNot } from '../../shell/MayNot'
import { useMay, useOrganization } from '../../shell/OrganizationShell'
import { Empty } from '../../ui/Notice'
import { Page } from '../../ui/Page'

/** A page about money: who may not see it is told so, and before the tracker is activated there is none. */
export function ForBilling({ title, children }: { title: string; children: ReactNode }) {
  const { t } = useTranslation('billing')
  const may = useMay()
  const { trial } = useOrganization()
  if (!may('BILLING_VIEW')) {
    return (
      <Page title={title}>
        <MayNot>{t('mayNot')}</MayNot>
      </Page>
    )
  }
  if (!trial) {
    return (
      <Page title={title}>
        <Empty title={t('notActivated.title')}>{t('notActivated.words')}</Empty>
      </Page>
    )
  }
  return children
}
