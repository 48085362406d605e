import { type ReactNode, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { DocumentInput } from 'urql'

import { useChange } from '../../graphql/refusals'
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

/** A mutation that is about one person, after which the page is looked at again. */
function useDeed<Data, Variables extends { input: { memberId: string } }>(
  document: DocumentInput<Data, Variables>,
  { person }: Part,
) {
  const { bump } = useSession()
  const { change, isPending, refusal } = useChange(document)
  const deed = async (onDone?: () => void) => {
    const { done } = await change({ input: { memberId: person.id } } as Variables)
    if (!done) return
    bump()
    onDone?.()
  }
  return { deed, isPending, refusal }
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
          {t('acts.resentUntil', { at: format.zonedInstant(until, timeZone) })}
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
  const { deed, isPending, refusal } = useDeed(ReactivatePersonDocument, { person })
  return (
    <>
      <RefusalNotice refusal={refusal} />
      <p>{t('acts.reactivateHint')}</p>
      <div>
        <Button look="primary" isPending={isPending} onPress={() => void deed()}>
          {t('acts.reactivate')}
        </Button>
      </div>
    </>
  )
}

type WindowProps = Part & { isOpen: boolean; onClose: () => void }

function Deactivate({ person, ...window }: WindowProps) {
  const { t } = useTranslation('people')
  return (
    <Sure {...window} act="deactivate" person={person} deed={useDeed(DeactivatePersonDocument, { person })}>
      <p>{t('acts.deactivateHint')}</p>
      <WhatIf change={{ deactivateMemberIds: [person.id] }} />
    </Sure>
  )
}

function Revoke({ person, ...window }: WindowProps) {
  const { t } = useTranslation('people')
  return (
    <Sure {...window} act="revoke" person={person} deed={useDeed(RevokeInvitationDocument, { person })}>
      <p>{t('acts.revokeHint')}</p>
    </Sure>
  )
}

/** Erasing is for good, so the name has to be typed. */
function Erase({ person, isOpen, onClose }: WindowProps) {
  const { t } = useTranslation('people')
  const [typed, setTyped] = useState('')
  const close = () => {
    setTyped('')
    onClose()
  }
  return (
    <Sure
      act="erase"
      person={person}
      isOpen={isOpen}
      onClose={close}
      isReady={typed.trim() === person.name.trim()}
      deed={useDeed(ErasePersonDocument, { person })}
    >
      <p>{t('acts.eraseHint')}</p>
      {person.status === 'ACTIVE' && <WhatIf change={{ deactivateMemberIds: [person.id] }} />}
      <TextField label={t('acts.typeName', { name: person.name })} value={typed} onChange={setTyped} />
    </Sure>
  )
}

type SureProps = WindowProps & {
  act: Act
  deed: Pick<ReturnType<typeof useDeed>, 'isPending' | 'refusal'> & { deed: (onDone: () => void) => Promise<unknown> }
  isReady?: boolean
  children: ReactNode
}

/** What an act does is said before it is done. */
function Sure({ act, person, isOpen, onClose, deed, isReady = true, children }: SureProps) {
  const { t } = useTranslation('people')
  const { t: common } = useTranslation()
  return (
    <Dialog
      title={t(`acts.${act}Title`, { name: person.name })}
      isOpen={isOpen}
      onClose={onClose}
      footer={
        <>
          <Button onPress={onClose}>{common('cancel')}</Button>
          <Button
            look="danger"
            isPending={deed.isPending}
            isDisabled={!isReady}
            onPress={() => void deed.deed(onClose)}
          >
            {t(`acts.${act}`)}
          </Button>
        </>
      }
    >
      <RefusalNotice refusal={deed.refusal} />
      {children}
    </Dialog>
  )
}
