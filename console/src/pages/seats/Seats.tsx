import { useTranslation } from 'react-i18next'

import { MayNot } from '../../shell/MayNot'
import { useMay, useOrganization } from '../../shell/OrganizationShell'
import { ButtonLink } from '../../ui/Button'
import { Page } from '../../ui/Page'
import { useSearch } from '../../ui/useSearch'
import { Views } from '../../ui/Views'
import { Holders } from './Holders'
import { Subscriptions } from './Subscriptions'
import { UndoNotice } from './UndoNotice'

/** Through what people have seats, who has one now, and what was once. */
export function Seats() {
  const { t } = useTranslation('seats')
  const may = useMay()
  const { slug } = useOrganization()
  const [view] = useSearch('view', 'subscriptions')
  if (!may('SEAT_VIEW')) return <Page title={t('title')}>{<MayNot>{t('mayNot')}</MayNot>}</Page>
  const views = [
    { id: 'subscriptions', label: t('view.subscriptions') },
    { id: 'holders', label: t('view.holders') },
    { id: 'ended', label: t('view.ended') },
  ]
  return (
    <Page
      title={t('title')}
      lead={t('lead')}
      actions={
        may('SEAT_MANAGE') && (
          <ButtonLink look="primary" to={`/o/${slug}/seats/change`}>
            {t('change.title')}
          </ButtonLink>
        )
      }
    >
      <UndoNotice />
      <Views label={t('view.label')} name="view" views={views} />
      {view === 'holders' && <Holders />}
      {view === 'ended' && <Subscriptions key="ended" inForce={false} />}
      {view !== 'holders' && view !== 'ended' && <Subscriptions key="inForce" inForce />}
    </Page>
  )
}
