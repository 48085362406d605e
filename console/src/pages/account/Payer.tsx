import { useEffect, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'

import { useFormats } from '../../i18n/format'
import { useMay, useOrganization } from '../../shell/OrganizationShell'
import { Button } from '../../ui/Button'
import { Card, Facts } from '../../ui/Card'
import { Empty, Notice } from '../../ui/Notice'
import { useSearch } from '../../ui/useSearch'
import type { ProfileFragment } from './account.generated'
import { PayerForm } from './PayerForm'

/** Who pays, and which agreement they accepted; without one the sixth seat is refused. */
export function Payer({ profile }: { profile: ProfileFragment | null }) {
  const { t } = useTranslation('account')
  const may = useMay()
  const [edited, edit] = useSearch('edit')
  const [isSaved, setSaved] = useState(false)
  const mayChange = may('BILLING_MANAGE')
  const isEditing = mayChange && edited === 'payer'
  const opener = useFocusAfter(isEditing)
  const open = () => {
    setSaved(false)
    edit('payer')
  }
  return (
    <Card
      title={t('payer.title')}
      actions={
        profile &&
        mayChange &&
        !isEditing && (
          <Button ref={opener} onPress={open}>
            {t('payer.change')}
          </Button>
        )
      }
    >
      {isSaved && !isEditing && <Notice tone="good">{t('payer.saved')}</Notice>}
      {isEditing && (
        <PayerForm
          profile={profile}
          onDone={(isChanged) => {
            setSaved(isChanged)
            edit('')
          }}
        />
      )}
      {!isEditing && profile && <Shown profile={profile} />}
      {!isEditing && !profile && (
        <Empty
          title={t('payer.none')}
          actions={
            mayChange && (
              <Button ref={opener} look="primary" onPress={open}>
                {t('payer.add')}
              </Button>
            )
          }
        >
          {t('payer.noneHint')}
        </Empty>
      )}
    </Card>
  )
}

/** A button that has the focus once the form is closed that it opened. */
function useFocusAfter(isEditing: boolean) {
  const button = useRef<HTMLButtonElement>(null)
  const wasEditing = useRef(false)
  useEffect(() => {
    if (wasEditing.current && !isEditing) button.current?.focus()
    wasEditing.current = isEditing
  }, [isEditing])
  return button
}

function Shown({ profile }: { profile: ProfileFragment }) {
  const { t } = useTranslation('account')
  const format = useFormats()
  const { timeZone } = useOrganization()
  return (
    <>
      <Facts
        facts={[
          [t('payer.legalName'), profile.legalName],
          [t('payer.kind'), t(`kind.${profile.kind}`)],
          [t('payer.taxNumber'), profile.taxNumber],
          [t('payer.address'), profile.address],
          [t('payer.bankDetails'), profile.bankDetails],
          [t('payer.contactEmail'), profile.contactEmail],
        ]}
      />
      <p className="soft">
        {t('payer.accepted', {
          version: profile.agreementVersion,
          at: format.instant(profile.acceptedAt, timeZone),
        })}
      </p>
    </>
  )
}
