import { useTranslation } from 'react-i18next'

import { ButtonLink } from '../ui/Button'
import { Empty } from '../ui/Notice'
import { Page } from '../ui/Page'

/** An address that leads nowhere, or to what is not the reader's: both look the same. */
export function NotFound() {
  const { t } = useTranslation()
  return (
    <Page title={t('notFound.title')}>
      <Empty title={t('notFound.words')} actions={<ButtonLink to="/">{t('notFound.home')}</ButtonLink>} />
    </Page>
  )
}
