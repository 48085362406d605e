import { useState } from 'react'
import { useTranslation } from 'react-i18next'

import { useFormats } from '../../i18n/format'
import { useMay, useOrganization } from '../../shell/OrganizationShell'
import { ButtonLink } from '../../ui/Button'
import { Card } from '../../ui/Card'
import { Empty, Notice } from '../../ui/Notice'
import { Page } from '../../ui/Page'
import { Progress } from '../../ui/Progress'
import { Differences } from './Differences'
import { RosterInput } from './RosterInput'
import { RosterProblems } from './RosterProblems'
import { useRoster } from './useRoster'

/** The whole organization as it should be, out of a file: looked at first, then applied. */
export function Roster() {
  const { t } = useTranslation('roster')
  const may = useMay()
  const format = useFormats()
  const { contacts } = useOrganization()
  if (!may('MEMBER_MANAGE')) {
    return (
      <Page title={t('title')}>
        <Empty title={t('notYours')}>{t('ask', { who: format.list(contacts.map((one) => one.name)) })}</Empty>
      </Page>
    )
  }
  return (
    <Page title={t('title')} lead={t('lead')}>
      <Steps />
    </Page>
  )
}

function Steps() {
  const { t } = useTranslation('roster')
  const { step, compare, apply, refuse, begin } = useRoster()
  const [text, setText] = useState('')
  const [most, setMost] = useState<number | null>(null)
  const isBusy = step.at === 'comparing' || step.at === 'applying'
  const again = (maxDeactivations: number | null) => {
    setMost(maxDeactivations)
    void compare(text, maxDeactivations)
  }
  return (
    <>
      <Card title={t('file')}>
        <RosterInput
          text={text}
          isBusy={isBusy}
          onText={(words) => {
            setText(words)
            setMost(null)
            begin()
          }}
          onRefused={refuse}
          onCompare={() => {
            again(most)
          }}
        />
      </Card>
      {isBusy && (
        <Card title={t(step.at)}>
          <Progress label={t('people', { count: step.roster.members.length })} />
          <p className="soft">{t('atOnce')}</p>
        </Card>
      )}
      {step.at === 'unreadable' && <RosterProblems refusedFile={step.refusal} />}
      {step.at === 'refused' && (
        <RosterProblems
          roster={step.roster}
          refusal={step.refusal}
          onAllow={again}
          onAgain={() => {
            again(most)
          }}
        />
      )}
      {step.at === 'compared' && (
        <Differences
          roster={step.roster}
          compared={step.compared}
          onApply={() => void apply(step.roster, step.compared)}
        />
      )}
      {step.at === 'applied' && <Applied at={step.compared.appliedAt} count={step.roster.members.length} />}
    </>
  )
}

function Applied({ at, count }: { at: string | null; count: number }) {
  const { t } = useTranslation('roster')
  const format = useFormats()
  const { slug, timeZone } = useOrganization()
  return (
    <Notice
      tone="good"
      title={t('applied', { count })}
      actions={<ButtonLink to={`/o/${slug}/people`}>{t('seePeople')}</ButtonLink>}
    >
      {at === null ? t('nothingApplied') : t('appliedAt', { at: format.instant(at, timeZone) })}
    </Notice>
  )
}
