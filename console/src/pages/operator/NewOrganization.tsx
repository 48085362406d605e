import { useTranslation } from 'react-i18next'
import { useNavigate } from 'react-router'

import { useLiveQuery } from '../../graphql/live'
import { useFormats } from '../../i18n/format'
import { useOperatorChange } from './changes'
import { KnownClocksDocument } from './clocks.generated'
import { InputForm, type Values } from './InputForm'
import { CreateOrganizationDocument } from './organizations.generated'
import { clocksOf } from './clocksOf'

/** An organization with its first owner, in real life or on a test clock. */
export function NewOrganization() {
  const { t } = useTranslation('operator')
  const navigate = useNavigate()
  const format = useFormats()
  const [{ data }] = useLiveQuery({ query: KnownClocksDocument, variables: {} })
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
  const clocks = clocksOf(data?.organizations.nodes ?? []).map(({ clock, names }) => ({
    id: clock.id,
    label: t('organizations.clockOf', { now: format.instant(clock.now, 'UTC'), names: format.list(names.slice(0, 2)) }),
  }))
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
