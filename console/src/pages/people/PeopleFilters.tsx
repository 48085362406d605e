import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'

import type { MemberFilter, MemberOrder, MemberStatus, Role } from '../../graphql/generated/schema'
import { Checkbox, Select, TextField } from '../../ui/Field'
import { Filters } from '../../ui/Filters'
import { Toolbar } from '../../ui/Page'
import { useSearch, useTypedSearch } from '../../ui/useSearch'
import { ROLES, STATUSES } from './choices'
import { GroupField, useGroupOf } from './GroupField'

const ORDERS = ['NAME_ASC', 'NAME_DESC', 'CREATED_AT_DESC', 'CREATED_AT_ASC'] as const

/** Whom the address asks for, and in which order. */
export function useAsked(): { filter: MemberFilter; orderBy: MemberOrder; isFiltered: boolean } {
  const [text] = useSearch('text')
  const [status] = useSearch('status', 'any')
  const [seat] = useSearch('seat', 'any')
  const [role] = useSearch('role', 'any')
  const [department] = useSearch('department')
  const [below] = useSearch('below', 'yes')
  const [team] = useSearch('team')
  const [order] = useSearch('order', 'NAME_ASC')
  return useMemo(() => {
    const filter: MemberFilter = {
      ...(text === '' ? {} : { text }),
      ...(status === 'any' ? {} : { status: status as MemberStatus }),
      ...(seat === 'any' ? {} : { hasSeat: seat === 'yes' }),
      ...(role === 'any' ? {} : { role: role as Role }),
      ...(department === '' ? {} : { departmentId: department, includeBelow: below === 'yes' }),
      ...(team === '' ? {} : { teamId: team }),
    }
    return { filter, orderBy: order as MemberOrder, isFiltered: Object.keys(filter).length > 0 }
  }, [text, status, seat, role, department, below, team, order])
}

/** Every input is a part of the address. */
export function PeopleFilters({ hasSeats }: { hasSeats: boolean }) {
  const { t } = useTranslation('people')
  const { t: common } = useTranslation()
  const [typed, setTyped] = useTypedSearch('text')
  const [status, setStatus] = useSearch('status', 'any')
  const [seat, setSeat] = useSearch('seat', 'any')
  const [role, setRole] = useSearch('role', 'any')
  const [order, setOrder] = useSearch('order', 'NAME_ASC')
  const any = { id: 'any', label: t('any') }
  const { filter } = useAsked()
  const set = ['status', 'hasSeat', 'role', 'departmentId', 'teamId'].filter((one) => one in filter).length
  return (
    <Toolbar>
      <TextField label={t('search')} type="search" value={typed} onChange={setTyped} />
      <Filters set={set}>
        <Select
          label={t('status')}
          value={status}
          onChange={setStatus}
          choices={[any, ...STATUSES.map((one) => ({ id: one as string, label: common(`status.${one}`) }))]}
        />
        {hasSeats && (
          <Select
            label={t('seat')}
            value={seat}
            onChange={setSeat}
            choices={[any, { id: 'yes', label: t('withSeat') }, { id: 'no', label: t('withoutSeat') }]}
          />
        )}
        <Select
          label={t('role')}
          value={role}
          onChange={setRole}
          choices={[any, ...ROLES.map((one) => ({ id: one as string, label: common(`role.${one}`) }))]}
        />
        <DepartmentFilter />
        <TeamFilter />
        <Select
          label={t('order')}
          value={order}
          onChange={setOrder}
          choices={ORDERS.map((one) => ({ id: one as string, label: t(`orders.${one}`) }))}
        />
      </Filters>
    </Toolbar>
  )
}

function DepartmentFilter() {
  const { t } = useTranslation('people')
  const [department, setDepartment] = useSearch('department')
  const [below, setBelow] = useSearch('below', 'yes')
  const group = useGroupOf(department)
  return (
    <>
      <GroupField
        kind="Department"
        label={t('department')}
        chosen={group}
        onChoose={(one) => {
          setDepartment(one?.id ?? '')
        }}
      />
      {department !== '' && (
        <Checkbox
          label={t('withBelow')}
          isSelected={below === 'yes'}
          onChange={(is) => {
            setBelow(is ? 'yes' : 'no')
          }}
        />
      )}
    </>
  )
}

function TeamFilter() {
  const { t } = useTranslation('people')
  const [team, setTeam] = useSearch('team')
  const group = useGroupOf(team)
  return (
    <GroupField
      kind="Team"
      label={t('team')}
      chosen={group}
      onChoose={(one) => {
        setTeam(one?.id ?? '')
      }}
    />
  )
}
