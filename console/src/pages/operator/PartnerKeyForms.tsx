import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useClient } from 'urql'

import type { Permission } from '../../graphql/generated/schema'
import { problemsAt } from '../../graphql/refusals'
import { Button } from '../../ui/Button'
import { Checkbox } from '../../ui/Field'
import { Notice } from '../../ui/Notice'
import { useOperatorChange } from './changes'
import { InputForm } from './InputForm'
import styles from './Operator.module.css'
import type { PartnerKey } from './PartnerKeys'
import {
  CreatePartnerKeyDocument,
  FindOrganizationDocument,
  RevokePartnerKeyDocument,
  RotatePartnerKeyDocument,
  UpdatePartnerKeyDocument,
} from './partners.generated'

/** What a partner's key can be allowed: nothing of the tracker, which is for members. */
const PERMISSIONS = [
  'MEMBER_VIEW',
  'MEMBER_MANAGE',
  'MEMBER_PROVISION',
  'SEAT_VIEW',
  'SEAT_MANAGE',
  'BILLING_VIEW',
  'BILLING_MANAGE',
  'PAYMENT_RECORD',
  'ORGANIZATION_CREATE',
  'ORGANIZATION_MANAGE',
  'API_KEY_MANAGE',
  'WEBHOOK_MANAGE',
  'AUDIT_VIEW',
  'TEST_CLOCK_MANAGE',
] as const satisfies readonly Permission[]

type PermissionsProps = { chosen: readonly Permission[]; onChange: (chosen: Permission[]) => void; problems: string[] }

function Permissions({ chosen, onChange, problems }: PermissionsProps) {
  const { t } = useTranslation('operator')
  return (
    <fieldset className={styles.group}>
      <legend>{t('partners.permissions')}</legend>
      <div className={styles.choices}>
        {PERMISSIONS.map((one) => (
          <Checkbox
            key={one}
            label={t(`partners.permission.${one}`)}
            isSelected={chosen.includes(one)}
            onChange={(is) => {
              onChange(is ? [...chosen, one] : chosen.filter((other) => other !== one))
            }}
          />
        ))}
      </div>
      {problems.map((message) => (
        <p key={message} role="alert">
          {message}
        </p>
      ))}
    </fieldset>
  )
}

/** Slugs as typed, by the ids of their organizations; what is not found is named. */
function useSlugs() {
  const client = useClient()
  const [unknown, setUnknown] = useState<string[]>([])
  const find = async (text: string | null): Promise<string[] | null> => {
    const slugs = (text ?? '').split(/[\s,]+/).filter((one) => one !== '')
    const found = await Promise.all(
      slugs.map(
        async (slug) => (await client.query(FindOrganizationDocument, { slug }).toPromise()).data?.organization,
      ),
    )
    const missing = slugs.filter((_, place) => !found[place])
    setUnknown(missing)
    return missing.length > 0 ? null : found.flatMap((one) => (one ? [one.id] : []))
  }
  return { find, unknown }
}

function Unknown({ slugs }: { slugs: readonly string[] }) {
  const { t } = useTranslation('operator')
  if (slugs.length === 0) return null
  return <Notice tone="bad">{t('partners.unknown', { slugs: slugs.join(', ') })}</Notice>
}

/** It is shown once: nothing else than this page ever has it. */
function Secret({ secret, onDone }: { secret: string; onDone: () => void }) {
  const { t } = useTranslation('operator')
  return (
    <>
      <Notice tone="warn" title={t('partners.secretTitle')}>
        {t('partners.secretHint')}
      </Notice>
      <p className={styles.secret} data-testid="secret">
        {secret}
      </p>
      <div>
        <Button look="primary" onPress={onDone}>
          {t('partners.kept')}
        </Button>
      </div>
    </>
  )
}

export function NewPartnerKey({ onDone }: { onDone: () => void }) {
  const { t } = useTranslation('operator')
  const [permissions, setPermissions] = useState<Permission[]>(['MEMBER_VIEW', 'SEAT_VIEW'])
  const [secret, setSecret] = useState<string | null>(null)
  const { find, unknown } = useSlugs()
  const { change, isPending, refusal } = useOperatorChange(CreatePartnerKeyDocument)
  if (secret !== null) return <Secret secret={secret} onDone={onDone} />
  return (
    <InputForm
      label={t('partners.new')}
      send={t('create')}
      refusal={refusal}
      isPending={isPending}
      onSend={async (values) => {
        const organizationIds = await find(values.organizationIds ?? null)
        if (!organizationIds) return false
        const { done } = await change({
          input: { name: values.name ?? '', organizationIds, permissions, expiresAt: values.expiresAt ?? null },
        })
        if (done) setSecret(done.secret)
        return done !== null
      }}
      inputs={[
        { name: 'name', label: t('partners.name') },
        {
          name: 'organizationIds',
          label: t('partners.organizations'),
          isOptional: true,
          hint: t('partners.slugsHint'),
        },
        {
          name: 'expiresAt',
          label: t('partners.expires'),
          kind: 'instant',
          isOptional: true,
          hint: t('partners.expiresHint'),
        },
      ]}
    >
      <Unknown slugs={unknown} />
      <Permissions chosen={permissions} onChange={setPermissions} problems={problemsAt(refusal, 'permissions')} />
    </InputForm>
  )
}

type FormProps = { partnerKey: PartnerKey; onDone: () => void }

export function EditPartnerKey({ partnerKey, onDone }: FormProps) {
  const { t } = useTranslation('operator')
  const [permissions, setPermissions] = useState<Permission[]>([...partnerKey.permissions])
  const [removed, setRemoved] = useState<readonly string[]>([])
  const { find, unknown } = useSlugs()
  const { change, isPending, refusal } = useOperatorChange(UpdatePartnerKeyDocument)
  return (
    <InputForm
      label={t('partners.edit')}
      refusal={refusal}
      isPending={isPending}
      onDone={onDone}
      onSend={async (values) => {
        const added = await find(values.addOrganizationIds ?? null)
        if (!added) return false
        const { done } = await change({
          input: {
            partnerKeyId: partnerKey.id,
            name: values.name ?? '',
            permissions,
            addOrganizationIds: added,
            removeOrganizationIds: [...removed],
          },
        })
        return done !== null
      }}
      inputs={[
        { name: 'name', label: t('partners.name'), initial: partnerKey.name },
        { name: 'addOrganizationIds', label: t('partners.add'), isOptional: true, hint: t('partners.slugsHint') },
      ]}
    >
      <Unknown slugs={unknown} />
      <fieldset className={styles.group}>
        <legend>{t('partners.keeps')}</legend>
        <div className={styles.choices}>
          {partnerKey.organizations.nodes.map((one) => (
            <Checkbox
              key={one.id}
              label={one.name}
              isSelected={!removed.includes(one.id)}
              onChange={(is) => {
                setRemoved(is ? removed.filter((id) => id !== one.id) : [...removed, one.id])
              }}
            />
          ))}
        </div>
      </fieldset>
      <Permissions chosen={permissions} onChange={setPermissions} problems={problemsAt(refusal, 'permissions')} />
    </InputForm>
  )
}

export function RotatePartnerKey({ partnerKey, onDone }: FormProps) {
  const { t } = useTranslation('operator')
  const [secret, setSecret] = useState<string | null>(null)
  const { change, isPending, refusal } = useOperatorChange(RotatePartnerKeyDocument)
  if (secret !== null) return <Secret secret={secret} onDone={onDone} />
  return (
    <InputForm
      label={t('partners.rotate')}
      warning={t('partners.rotateWarning', { name: partnerKey.name })}
      refusal={refusal}
      isPending={isPending}
      onSend={async ({ overlapHours }) => {
        const { done } = await change({ input: { partnerKeyId: partnerKey.id, overlapHours: Number(overlapHours) } })
        if (done) setSecret(done.secret)
        return done !== null
      }}
      inputs={[
        {
          name: 'overlapHours',
          label: t('partners.overlap'),
          kind: 'count',
          initial: '24',
          hint: t('partners.overlapHint'),
        },
      ]}
    />
  )
}

export function RevokePartnerKey({ partnerKey, onDone }: FormProps) {
  const { t } = useTranslation('operator')
  const { change, isPending, refusal } = useOperatorChange(RevokePartnerKeyDocument)
  return (
    <InputForm
      label={t('partners.revoke')}
      look="danger"
      warning={t('partners.revokeWarning', { name: partnerKey.name })}
      phrase={partnerKey.name}
      refusal={refusal}
      isPending={isPending}
      onDone={onDone}
      onSend={async () => (await change({ input: { partnerKeyId: partnerKey.id } })).done !== null}
      inputs={[]}
    />
  )
}
