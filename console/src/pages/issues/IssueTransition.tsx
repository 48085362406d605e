import { useState } from 'react'
import { useTranslation } from 'react-i18next'

import type { IssueStatus, Resolution } from '../../graphql/generated/schema'
import { problemsAt, useChange } from '../../graphql/refusals'
import { useMay } from '../../shell/OrganizationShell'
import { Button } from '../../ui/Button'
import { Card } from '../../ui/Card'
import { Select } from '../../ui/Field'
import { RefusalNotice } from '../../ui/Notice'
import { Form } from '../../ui/Page'
import { RESOLUTIONS, STATUSES, takesResolution } from './choices'
import { type IssueFieldsFragment, MoveIssueDocument } from './issue.generated'

/** Where the issue stands, and where it goes next; a resolved one says how. */
export function IssueTransition({ issue }: { issue: IssueFieldsFragment }) {
  const { t } = useTranslation('issues')
  const may = useMay()
  const [status, setStatus] = useState<IssueStatus>(issue.status)
  const [resolution, setResolution] = useState<Resolution>(issue.resolution ?? 'FIXED')
  const { change, isPending, refusal } = useChange(MoveIssueDocument)
  const move = () =>
    change({ input: { issueId: issue.id, status, resolution: status === 'RESOLVED' ? resolution : null } })
  return (
    <Card title={t('status')}>
      {issue.resolution && takesResolution(issue.status) && <p>{t(`resolutions.${issue.resolution}`)}</p>}
      <Form onSubmit={() => void move()} label={t('status')}>
        <RefusalNotice refusal={refusal} shown={['status', 'resolution']} />
        <Select
          label={t('newStatus')}
          value={status}
          onChange={setStatus}
          choices={STATUSES.map((id) => ({ id, label: t(`statuses.${id}`) }))}
          problems={problemsAt(refusal, 'status')}
          isDisabled={!may('ISSUE_TRANSITION')}
        />
        {status === 'RESOLVED' && (
          <Select
            label={t('resolution')}
            value={resolution}
            onChange={setResolution}
            choices={RESOLUTIONS.map((id) => ({ id, label: t(`resolutions.${id}`) }))}
            problems={problemsAt(refusal, 'resolution')}
            isDisabled={!may('ISSUE_TRANSITION')}
          />
        )}
        <Button type="submit" isPending={isPending} isDisabled={!may('ISSUE_TRANSITION') || status === issue.status}>
          {t('move')}
        </Button>
      </Form>
    </Card>
  )
}
