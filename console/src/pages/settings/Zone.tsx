import { useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'

import { problemsAt, useChange } from '../../graphql/refusals'
import { useFormats } from '../../i18n/format'
import { useOrganization } from '../../shell/OrganizationShell'
import { useNow } from '../../shell/useNow'
import { Button } from '../../ui/Button'
import { Card } from '../../ui/Card'
import { ComboBox } from '../../ui/ComboBox'
import { Notice, RefusalNotice } from '../../ui/Notice'
import { Form } from '../../ui/Page'
import { UpdateOrganizationDocument } from './settings.generated'

const ZONES = [...new Set([...Intl.supportedValuesOf('timeZone'), 'UTC'])].map((id) => ({ id, label: id }))
const MOST = 60

/** Where the organization's months begin and end. */
export function Zone() {
  const { t } = useTranslation('settings')
  const { t: common } = useTranslation()
  const format = useFormats()
  const now = new Date(useNow()).toISOString()
  const { id: organizationId, timeZone: before } = useOrganization()
  const [text, setText] = useState(before)
  const [zone, setZone] = useState(before)
  const { change, isPending, refusal } = useChange(UpdateOrganizationDocument)
  const choices = useMemo(() => {
    const wanted = text === zone ? '' : text.toLowerCase().replace(/\s/g, '_')
    return ZONES.filter((one) => one.label.toLowerCase().includes(wanted)).slice(0, wanted === '' ? ZONES.length : MOST)
  }, [text, zone])
  return (
    <Card title={t('zone.title')}>
      <Form onSubmit={() => void change({ input: { organizationId, timeZone: zone } })} label={t('zone.title')}>
        <RefusalNotice refusal={refusal} shown={['timeZone']} />
        <ComboBox
          label={t('zone.label')}
          hint={t('zone.hint', { now: format.instant(now, zone) })}
          text={text}
          onText={setText}
          choices={choices}
          chosen={zone}
          onChoose={(id) => {
            setZone(id)
            setText(id)
          }}
          empty={t('zone.nothing')}
          problems={problemsAt(refusal, 'timeZone')}
        />
        {zone !== before && <Notice>{t('zone.change', { zone: before })}</Notice>}
        <Button type="submit" isDisabled={zone === before} isPending={isPending}>
          {common('save')}
        </Button>
      </Form>
    </Card>
  )
}
