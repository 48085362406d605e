import { useTranslation } from 'react-i18next'

import { useViewer } from '../session/Session'
import { NotFound } from './NotFound'
import { Shell } from './Shell'

/** The pages of operators; to everybody else there is nothing here. */
export function OperatorShell() {
  const { t } = useTranslation()
  if (useViewer().kind !== 'OPERATOR') return <NotFound />
  return (
    <Shell
      name={t('operator.title')}
      ways={[
        {
          ways: [
            { to: '/operator', label: t('operator.organizations'), isEnd: true, parts: '/operator/organizations' },
          ],
        },
        {
          title: t('operator.workTitle'),
          ways: [
            { to: '/operator/jobs', label: t('operator.jobs') },
            { to: '/operator/simulation', label: t('operator.simulation') },
            { to: '/operator/clocks', label: t('operator.clocks') },
          ],
        },
        {
          title: t('operator.pricesTitle'),
          ways: [
            { to: '/operator/price-lists', label: t('operator.priceLists') },
            { to: '/operator/promo-codes', label: t('operator.promoCodes') },
          ],
        },
        {
          title: t('operator.accessTitle'),
          ways: [{ to: '/operator/partner-keys', label: t('operator.partnerKeys') }],
        },
      ]}
    />
  )
}
