import { useTranslation } from 'react-i18next'

import { useFormats } from '../../i18n/format'
import { Card, Facts } from '../../ui/Card'
import { useOperatorChange } from './changes'
import { DialogButton } from './DialogButton'
import { InputForm } from './InputForm'
import type { OperatedOrganization } from './Organization'
import { ExtendTrialDocument } from './organization.generated'
import { localOf } from './typed'

/** When the trial ends, and giving it more time while it runs. */
export function TrialCard({ organization }: { organization: OperatedOrganization }) {
  const { t } = useTranslation('operator')
  const format = useFormats()
  const { trial, timeZone } = organization
  if (!trial) return <Card title={t('trial.title')}>{t('trial.none')}</Card>
  return (
    <Card title={t('trial.title')}>
      <Facts
        facts={[
          [t('trial.began'), format.instant(trial.startedAt, timeZone)],
          [trial.isOver ? t('trial.ended') : t('trial.ends'), format.zonedInstant(trial.endsAt, timeZone)],
        ]}
      />
      {trial.isOver ? (
        <p className="soft">{t('trial.over')}</p>
      ) : (
        <div>
          <DialogButton name="trial" label={t('trial.extend')}>
            {(close) => <Extend organization={organization} endsAt={trial.endsAt} onDone={close} />}
          </DialogButton>
        </div>
      )}
    </Card>
  )
}

type ExtendProps = { organization: OperatedOrganization; endsAt: string; onDone: () => void }

function Extend({ organization, endsAt, onDone }: ExtendProps) {
  const { t } = useTranslation('operator')
  const { id: organizationId, timeZone } = organization
  const { change, isPending, refusal } = useOperatorChange(ExtendTrialDocument)
  return (
    <InputForm
      label={t('trial.extend')}
      refusal={refusal}
      isPending={isPending}
      onDone={onDone}
      onSend={async (values) =>
        (await change({ input: { organizationId, endsAt: values.endsAt ?? '' } })).done !== null
      }
      inputs={[
        {
          name: 'endsAt',
          label: t('trial.until'),
          kind: 'instant',
          timeZone,
          initial: localOf(endsAt, timeZone),
          hint: t('trial.hint', { zone: timeZone }),
        },
      ]}
    />
  )
}
