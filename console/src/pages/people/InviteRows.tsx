import { Trash2 } from 'lucide-react'
import { memo, useId } from 'react'
import { useTranslation } from 'react-i18next'

import type { Role } from '../../graphql/generated/schema'
import type { Problem } from '../../graphql/refusals'
import { Button } from '../../ui/Button'
import field from '../../ui/Field.module.css'
import styles from './Invite.module.css'

export type Invitee = { key: number; name: string; email: string; role: Role }

type RowProps = {
  row: Invitee
  number: number
  roles: readonly Role[]
  problems: readonly Problem[] | undefined
  onChange: (row: Invitee) => void
  onRemove: (key: number) => void
}

/** One person to invite. Rows are plain inputs: there may be a thousand of them. */
export const InviteRow = memo(function InviteRow({ row, number, roles, problems, onChange, onRemove }: RowProps) {
  const { t } = useTranslation('people')
  const { t: common } = useTranslation()
  const id = useId()
  const wrong = problems && problems.length > 0
  const about = (field: string) => problems?.some((one) => (one.path[3] ?? 'email') === field) ?? false
  const said = wrong ? { 'aria-describedby': id } : {}
  return (
    <li className={styles.row}>
      <input
        className={field.input}
        aria-label={t('invite.nameOf', { number })}
        placeholder={t('name')}
        value={row.name}
        aria-invalid={about('name')}
        {...said}
        onChange={(event) => {
          onChange({ ...row, name: event.target.value })
        }}
      />
      <input
        className={field.input}
        type="email"
        aria-label={t('invite.emailOf', { number })}
        placeholder={t('email')}
        value={row.email}
        aria-invalid={about('email')}
        {...said}
        onChange={(event) => {
          onChange({ ...row, email: event.target.value })
        }}
      />
      <select
        className={field.input}
        aria-label={t('invite.roleOf', { number })}
        value={row.role}
        aria-invalid={about('role')}
        {...said}
        onChange={(event) => {
          onChange({ ...row, role: event.target.value as Role })
        }}
      >
        {roles.map((role) => (
          <option key={role} value={role}>
            {common(`role.${role}`)}
          </option>
        ))}
      </select>
      <Button
        look="quiet"
        aria-label={t('invite.remove', { number })}
        onPress={() => {
          onRemove(row.key)
        }}
      >
        <Trash2 size={16} aria-hidden />
      </Button>
      {wrong && (
        <p id={id} className={`${field.problem} ${styles.problem}`}>
          {[...new Set(problems.map((one) => one.message))].join(' ')}
        </p>
      )}
    </li>
  )
})
