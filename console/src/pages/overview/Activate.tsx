import { useTranslation } from 'react-i18next'

import { useChange } from '../../graphql/refusals'
import { MayNot } from '../../shell/MayNot'
import { useMay, useOrganization } from '../../shell/OrganizationShell'
import { OWNERS } from '../../shell/useContacts'
import { useSession } from '../../session/Session'
import { Button } from '../../ui/Button'
import { Card } from '../../ui/Card'
import { RefusalNotice } from '../../ui/Notice'
import { Actions } from '../../ui/Page'
import { ActivateTrackerDocument } from './overview.generated'

/** The tracker is there and was never begun: 30 days for everybody, and nothing to pay. */
export function Activate() {
  const { t } = useTranslation('overview')
  const may = useMay()
  const { bump } = useSession()
  const { id: organizationId } = useOrganization()
  const { change, isPending, refusal } = useChange(ActivateTrackerDocument)
  const activate = async () => {
    const { done } = await change({ input: { organizationId } })
    if (done) bump()
  }
  return (
    <Card title={t('activate.title')}>
      <p>{t('activate.words')}</p>
      <RefusalNotice refusal={refusal} />
      {may('ORGANIZATION_MANAGE') ? (
        <Actions>
          <Button look="primary" onPress={() => void activate()} isPending={isPending}>
            {t('activate.do')}
          </Button>
        </Actions>
      ) : (
        <MayNot roles={OWNERS}>{t('activate.mayNot')}</MayNot>
      )}
    </Card>
  )
}
