import { UserPlus } from 'lucide-react'
import { useCallback, useEffect, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'

import { useChange } from '../../graphql/refusals'
import { useFormats } from '../../i18n/format'
import { useSession } from '../../session/Session'
import { useOrganization, useOwnMember } from '../../shell/OrganizationShell'
import { Button } from '../../ui/Button'
import { Dialog } from '../../ui/Dialog'
import { Select, TextField } from '../../ui/Field'
import { Notice, RefusalNotice } from '../../ui/Notice'
import { readAddresses } from './addresses'
import { GIVES, ROLES } from './choices'
import { type Group, GroupField } from './GroupField'
import styles from './Invite.module.css'
import { InvitePeopleDocument } from './invite.generated'
import { type Invitee, InviteRow } from './InviteRows'
import { byPlace } from './problems'
import { TeamsField } from './TeamsField'

/** The most that the server takes at once. */
const MOST = 1000

export function Invite({ isOpen, onClose }: { isOpen: boolean; onClose: () => void }) {
  const { t } = useTranslation('people')
  const [invited, setInvited] = useState<{ count: number; until: string | null } | null>(null)
  const close = () => {
    setInvited(null)
    onClose()
  }
  return (
    <Dialog title={t('invite.title')} isOpen={isOpen} onClose={close} isWide>
      {invited ? <Invited {...invited} onClose={close} /> : <InviteForm onDone={setInvited} />}
    </Dialog>
  )
}

function Invited({ count, until, onClose }: { count: number; until: string | null; onClose: () => void }) {
  const { t } = useTranslation('people')
  const { t: common } = useTranslation()
  const format = useFormats()
  const { timeZone } = useOrganization()
  const said = useRef<HTMLDivElement>(null)
  useEffect(() => {
    said.current?.focus() // the button that had the focus is gone
  }, [])
  return (
    <div ref={said} tabIndex={-1} className={styles.form}>
      <Notice tone="good" title={t('invite.done', { count })}>
        {until !== null && t('invite.doneHint', { at: format.zonedInstant(until, timeZone) })}
      </Notice>
      <div>
        <Button look="primary" onPress={onClose}>
          {common('close')}
        </Button>
      </div>
    </div>
  )
}

let lastKey = 0
const blank = (): Invitee => ({ key: (lastKey += 1), name: '', email: '', role: 'MEMBER' })
const isBlank = (row: Invitee) => row.name.trim() === '' && row.email.trim() === ''

function useRows() {
  const [rows, setRows] = useState<Invitee[]>(() => [blank()])
  const change = useCallback((row: Invitee) => {
    setRows((before) => before.map((one) => (one.key === row.key ? row : one)))
  }, [])
  const remove = useCallback((key: number) => {
    setRows((before) => (before.length > 1 ? before.filter((one) => one.key !== key) : [blank()]))
  }, [])
  return { rows, setRows, change, remove }
}

function InviteForm({ onDone }: { onDone: (done: { count: number; until: string | null }) => void }) {
  const { t } = useTranslation('people')
  const { t: common } = useTranslation()
  const { id } = useOrganization()
  const { bump } = useSession()
  const own = useOwnMember()
  const roles = own ? GIVES[own.role] : ROLES
  const { rows, setRows, change, remove } = useRows()
  const [department, setDepartment] = useState<Group | null>(null)
  const [teams, setTeams] = useState<Group[]>([])
  const [sent, setSent] = useState<Invitee[]>([])
  const inviting = useChange(InvitePeopleDocument)
  const { places, rest } = byPlace(inviting.refusal)
  const problemsOf = (row: Invitee) => places.get(sent.findIndex((one) => one.key === row.key))
  const wanted = rows.filter((row) => !isBlank(row))
  const invite = async () => {
    setSent(wanted)
    const groups = { departmentId: department?.id ?? null, teamIds: teams.map((one) => one.id) }
    const members = wanted.map(({ name, email, role }) => ({ name: name.trim(), email: email.trim(), role, ...groups }))
    const { done } = await inviting.change({ input: { organizationId: id, members } })
    if (!done) return
    bump()
    onDone({ count: done.members.length, until: done.invitations[0]?.expiresAt ?? null })
  }
  return (
    <form
      aria-label={t('invite.title')}
      noValidate
      className={styles.form}
      onSubmit={(event) => {
        event.preventDefault()
        void invite()
      }}
    >
      {places.size === 0 && <RefusalNotice refusal={inviting.refusal} />}
      {places.size > 0 && (
        <Notice tone="bad" title={t('invite.refused', { count: places.size })}>
          {rest.map((one) => one.message).join(' ')}
        </Notice>
      )}
      <Paste
        roles={roles}
        onRead={(found) => {
          setRows((before) => {
            const there = before.filter((row) => !isBlank(row))
            const known = new Set(there.map((row) => row.email.trim().toLowerCase()))
            const fresh = found.filter((one) => !known.has(one.email.toLowerCase()))
            return [...there, ...fresh.map((one) => ({ ...one, key: blank().key }))].slice(0, MOST)
          })
        }}
      />
      <ul className={styles.rows} aria-label={t('invite.rows')}>
        {rows.map((row, place) => (
          <InviteRow
            key={row.key}
            row={row}
            number={place + 1}
            roles={roles}
            problems={problemsOf(row)}
            onChange={change}
            onRemove={remove}
          />
        ))}
      </ul>
      <div>
        <Button
          look="quiet"
          isDisabled={rows.length >= MOST}
          onPress={() => {
            setRows((before) => [...before, blank()])
          }}
        >
          <UserPlus size={16} aria-hidden />
          {t('invite.another')}
        </Button>
      </div>
      <div className={styles.groups}>
        <GroupField kind="Department" label={t('department')} chosen={department} onChoose={setDepartment} />
        <TeamsField chosen={teams} onChange={setTeams} />
      </div>
      <p className="soft">{t('invite.noSeatYet')}</p>
      <div>
        <Button type="submit" look="primary" isPending={inviting.isPending} isDisabled={wanted.length === 0}>
          {inviting.isPending ? common('loading') : t('invite.send', { count: wanted.length })}
        </Button>
      </div>
    </form>
  )
}

type PasteProps = { roles: readonly Invitee['role'][]; onRead: (found: Omit<Invitee, 'key'>[]) => void }

/** Many at once: what was copied out of a mail or a spreadsheet. */
function Paste({ roles, onRead }: PasteProps) {
  const { t } = useTranslation('people')
  const { t: common } = useTranslation()
  const [text, setText] = useState('')
  const [role, setRole] = useState<Invitee['role']>('MEMBER')
  const [unread, setUnread] = useState<string[]>([])
  const read = () => {
    const { found, unread: rest } = readAddresses(text)
    onRead(found.map((one) => ({ ...one, role })))
    setUnread(rest)
    setText(rest.join('\n'))
  }
  return (
    <div className={styles.paste}>
      <TextField
        label={t('invite.paste')}
        hint={t('invite.pasteHint')}
        value={text}
        onChange={setText}
        isMultiline
        problems={unread.length > 0 ? [t('invite.unread', { count: unread.length })] : []}
      />
      <div className={styles.pasteFoot}>
        <Select
          label={t('invite.as')}
          value={role}
          onChange={setRole}
          choices={roles.map((one) => ({ id: one, label: common(`role.${one}`) }))}
        />
        <Button isDisabled={text.trim() === ''} onPress={read}>
          {t('invite.read')}
        </Button>
      </div>
    </div>
  )
}
