import { useTranslation } from 'react-i18next'
import { useNavigate } from 'react-router'

import { useOperatorChange } from './changes'
import { useClockChoices } from './clockChoices'
import { InputForm, type Values } from './InputForm'
import { CreateOrganizationDocument } from './organizations.generated'

/** An organization with its first owner, in real life or on a test clock. */
export function NewOrganization() {
  const { t } = useTranslation('operator')
  const navigate = useNavigate()
  const clocks = useClockChoices()
  const { change, isPending, refusal } = useOperatorChange(CreateOrganizationDocument)
  const create = async (values: Values) => {
    const { done } = await change({
      input: {
        name: values.name ?? '',
        slug: values.slug ?? '',
        currency: values.currency ?? '',
        timeZone: values.timeZone ?? '',
        owner: { name: values['owner.name'] ?? '', email: values['owner.email'] ?? '' },
        testClockId: values.testClockId ?? null,
      },
    })
    if (done) void navigate(`/operator/organizations/${done.organization.slug}`)
    return done !== null
  }
  return (
    <InputForm
      label={t('organizations.new')}
      send={t('create')}
      refusal={refusal}
      isPending={isPending}
      onSend={create}
      inputs={[
        { name: 'name', label: t('organizations.name') },
        { name: 'slug', label: t('organizations.slug'), hint: t('organizations.slugHint') },
        { name: 'owner.name', label: t('organizations.ownerName') },
        { name: 'owner.email', label: t('organizations.ownerEmail'), kind: 'email' },
        { name: 'currency', label: t('organizations.currency'), initial: 'RUB' },
        { name: 'timeZone', label: t('organizations.timeZone'), initial: 'Europe/Moscow' },
        {
          name: 'testClockId',
          label: t('organizations.clock'),
          isOptional: true,
          choices: [{ id: '', label: t('organizations.inReal') }, ...clocks],
        },
      ]}
    />
  )
}
