import { useTranslation } from 'react-i18next'
import { Navigate } from 'react-router'

import { useViewer } from '../session/Session'
import { Empty } from '../ui/Notice'
import { Page } from '../ui/Page'

/** Where somebody belongs: their first organization, or the operators' pages. */
export function Home() {
  const { t } = useTranslation()
  const viewer = useViewer()
  const first = viewer.members[0]
  if (viewer.kind === 'OPERATOR') return <Navigate to="/operator" replace />
  if (first) return <Navigate to={`/o/${first.organization.slug}`} replace />
  return (
    <Page title={t('nowhere.title')}>
      <Empty title={t('nowhere.words')} />
    </Page>
  )
}
