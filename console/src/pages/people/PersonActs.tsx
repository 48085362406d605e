import { useState } from 'react'
import { useTranslation } from 'react-i18next'

import { type Refusal, useChange } from '../../graphql/refusals'
import { useFormats } from '../../i18n/format'
import { useSession } from '../../session/Session'
import { useOrganization, useOwnMember } from '../../shell/OrganizationShell'
import { Button } from '../../ui/Button'
import { Card } from '../../ui/Card'
import { Dialog } from '../../ui/Dialog'
import { TextField } from '../../ui/Field'
import { Notice, RefusalNotice } from '../../ui/Notice'
import { Actions } from '../../ui/Page'
import { GIVES, ROLES } from './choices'
import { ResendInvitationDocument, RevokeInvitationDocument } from './invite.generated'
import {
  DeactivatePersonDocument,
  ErasePersonDocument,
  type PersonDetailsFragment,
  ReactivatePersonDocument,
} from './person.generated'
import { WhatIf } from './WhatIf'

type Part = { person: PersonDetailsFragment }
type Act = 'deactivate' | 'erase' | 'revoke'

/** What ends somebody's part here, or begins it again; each says first what it does. */
export function PersonActs({ person }: Part) {
  const { t } = useTranslation('people')
  const own = useOwnMember()
  const [act, setAct] = useState<Act | null>(null)
  const close = () => {
    setAct(null)
  }
  const open = (one: Act) => () => {
    setAct(one)
  }
  const { status } = person
  if (!(own ? GIVES[own.role] : ROLES).includes(person.role)) return null
  return (
    <Card title={t('acts.title')}>
      {status === 'INVITED' && <Resend person={person} />}
      {status === 'DEACTIVATED' && <Reactivate person={person} />}
      <Actions>
        {status === 'INVITED' && (
          <Button look="danger" onPress={open('revoke')}>
            {t('acts.revoke')}
          </Button>
        )}
        {status === 'ACTIVE' && (
          <Button look="danger" onPress={open('deactivate')}>
            {t('acts.deactivate')}
          </Button>
        )}
        {status !== 'INVITED' && (
          <Button look="danger" onPress={open('erase')}>
            {t('acts.erase')}
          </Button>
        )}
      </Actions>
      <Deactivate person={person} isOpen={act === 'deactivate'} onClose={close} />
      <Erase person={person} isOpen={act === 'erase'} onClose={close} />
      <Revoke person={person} isOpen={act === 'revoke'} onClose={close} />
    </Card>
  )
}

function Resend({ person }: Part) {
  const { t } = useTranslation('people')
  const format = useFormats()
  const { timeZone } = useOrganization()
  const [until, setUntil] = useState<string | null>(null)
  const { change, isPending, refusal } = useChange(ResendInvitationDocument)
  const resend = async () => {
    const { done } = await change({ input: { memberId: person.id } })
    if (done) setUntil(done.invitation.expiresAt)
  }
  return (
    <>
      <RefusalNotice refusal={refusal} />
      {until !== null && (
        <Notice tone="good" title={t('acts.resent')}>
          {t('acts.resentUntil', { at: format.instant(until, timeZone) })}
        </Notice>
      )}
      <div>
        <Button isPending={isPending} onPress={() => void resend()}>
          {t('acts.resend')}
        </Button>
      </div>
    </>
  )
}

function Reactivate({ person }: Part) {
  const { t } = useTranslation('people')
  const { bump } = useSession()
  const { change, isPending, refusal } = useChange(ReactivatePersonDocument)
  const reactivate = async () => {
    const { done } = await change({ input: { memberId: person.id } })
    if (done) bump()
  }
  return (
    <>
      <RefusalNotice refusal={refusal} />
      <p>{t('acts.reactivateHint')}</p>
      <div>
        <Button look="primary" isPending={isPending} onPress={() => void reactivate()}>
          {t('acts.reactivate')}
        </Button>
      </div>
    </>
  )
}

type WindowProps = Part & { isOpen: boolean; onClose: () => void }

function Deactivate({ person, isOpen, onClose }: WindowProps) {
  const { t } = useTranslation('people')
  const { change, isPending, refusal } = useChange(DeactivatePersonDocument)
  const { bump } = useSession()
  const deactivate = async () => {
    const { done } = await change({ input: { memberId: person.id } })
    if (!done) return
    bump()
    onClose()
  }
  return (
    <Sure
      title={t('acts.deactivateTitle', { name: person.name })}
      isOpen={isOpen}
      onClose={onClose}
      verb={t('acts.deactivate')}
      isPending={isPending}
      refusal={refusal}
      onSure={() => void deactivate()}
    >
      <p>{t('acts.deactivateHint')}</p>
      <WhatIf change={{ deactivateMemberIds: [person.id] }} />
    </Sure>
  )
}

function Revoke({ person, isOpen, onClose }: WindowProps) {
  const { t } = useTranslation('people')
  const { change, isPending, refusal } = useChange(RevokeInvitationDocument)
  const { bump } = useSession()
  const revoke = async () => {
    const { done } = await change({ input: { memberId: person.id } })
    if (!done) return
    bump()
    onClose()
  }
  return (
    <Sure
      title={t('acts.revokeTitle', { name: person.name })}
      isOpen={isOpen}
      onClose={onClose}
      verb={t('acts.revoke')}
      isPending={isPending}
      refusal={refusal}
      onSure={() => void revoke()}
    >
      <p>{t('acts.revokeHint')}</p>
    </Sure>
  )
}

/** Erasing is for good, so the name has to be typed. */
function Erase({ person, isOpen, onClose }: WindowProps) {
  const { t } = useTranslation('people')
  const [typed, setTyped] = useState('')
  const { change, isPending, refusal } = useChange(ErasePersonDocument)
  const { bump } = useSession()
  const close = () => {
    setTyped('')
    onClose()
  }
  const erase = async () => {
    const { done } = await change({ input: { memberId: person.id } })
    if (!done) return
    bump()
    close()
  }
  return (
    <Sure
      title={t('acts.eraseTitle', { name: person.name })}
      isOpen={isOpen}
      onClose={close}
      verb={t('acts.erase')}
      isPending={isPending}
      isReady={typed.trim() === person.name.trim()}
      refusal={refusal}
      onSure={() => void erase()}
    >
      <p>{t('acts.eraseHint')}</p>
      {person.status === 'ACTIVE' && <WhatIf change={{ deactivateMemberIds: [person.id] }} />}
      <TextField label={t('acts.typeName', { name: person.name })} value={typed} onChange={setTyped} />
    </Sure>
  )
}

type SureProps = {
  title: string
  isOpen: boolean
  onClose: () => void
  verb: string
  isPending: boolean
  isReady?: boolean
  refusal: Refusal | null
  onSure: () => void
  children: React.ReactNode
}

function Sure({ title, isOpen, onClose, verb, isPending, isReady = true, refusal, onSure, children }: SureProps) {
  const { t } = useTranslation()
  return (
    <Dialog
      title={title}
      isOpen={isOpen}
      onClose={onClose}
      footer={
        <>
          <Button onPress={onClose}>{t('cancel')}</Button>
          <Button look="danger" isPending={isPending} isDisabled={!isReady} onPress={onSure}>
            {verb}
          </Button>
        </>
      }
    >
      <RefusalNotice refusal={refusal} />
      {children}
    </Dialog>
  )
}
