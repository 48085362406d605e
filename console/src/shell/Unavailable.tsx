import { useTranslation } from 'react-i18next'
import type { CombinedError } from 'urql'

import { refusalOf } from '../graphql/refusals'
import { Button } from '../ui/Button'
import { RefusalNotice } from '../ui/Notice'

/** What was asked for did not come. */
export function Unavailable({ error, onRetry }: { error: CombinedError; onRetry?: () => void }) {
  const { t } = useTranslation()
  return (
    <RefusalNotice
      refusal={refusalOf(error)}
      actions={
        <Button
          onPress={() => {
            if (onRetry) onRetry()
            else window.location.reload()
          }}
        >
          {t('retry')}
        </Button>
      }
    />
  )
}
