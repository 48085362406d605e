import { useTranslation } from 'react-i18next'

import { useFormats } from '../../i18n/format'
import { useOrganization } from '../../shell/OrganizationShell'
import { useNow } from '../../shell/useNow'
import { Card, Figure, Figures } from '../../ui/Card'

const DAY = 24 * 60 * 60 * 1000

/** How long the trial goes on, or when the data would be deleted. */
export function Trial() {
  const { t } = useTranslation('overview')
  const { t: common } = useTranslation()
  const format = useFormats()
  const now = useNow()
  const { trial, timeZone, purgeAt, state } = useOrganization()
  const left = (until: string) => common('days', { count: Math.max(0, Math.ceil((Date.parse(until) - now) / DAY)) })
  const isTried = trial !== null && !trial.isOver && state !== 'CLOSED'
  if (!isTried && purgeAt === null) return null
  return (
    <Card title={t(isTried ? 'trial.title' : 'purge.title')}>
      <Figures>
        {isTried && (
          <Figure
            label={t('trial.left')}
            value={left(trial.endsAt)}
            note={t('trial.until', { at: format.zonedInstant(trial.endsAt, timeZone) })}
          />
        )}
        {purgeAt !== null && (
          <Figure
            label={t('purge.left')}
            value={left(purgeAt)}
            note={t(isTried ? 'purge.unless' : 'purge.at', { at: format.zonedInstant(purgeAt, timeZone) })}
            tone={isTried ? undefined : 'bad'}
          />
        )}
      </Figures>
      {isTried && <p className="soft">{t('trial.words')}</p>}
      {!isTried && <p className="soft">{t(state === 'CLOSED' ? 'purge.reopen' : 'purge.subscribe')}</p>}
    </Card>
  )
}
