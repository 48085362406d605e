import { useTranslation } from 'react-i18next'
import { useRouteError } from 'react-router'

import { Button } from '../ui/Button'
import { Notice } from '../ui/Notice'
import { Page } from '../ui/Page'

/** A page that failed, or whose files are gone because another version is served now. */
export function Broken() {
  const { t } = useTranslation()
  const error = useRouteError()
  return (
    <Page title={t('broken.title')}>
      <Notice
        tone="bad"
        title={t('broken.words')}
        actions={
          <Button
            onPress={() => {
              window.location.reload()
            }}
          >
            {t('retry')}
          </Button>
        }
      >
        {error instanceof Error && <code>{error.message}</code>}
      </Notice>
    </Page>
  )
}
