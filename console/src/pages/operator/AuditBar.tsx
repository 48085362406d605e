import { useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useQuery } from 'urql'

import type { AuditFilter } from '../../graphql/generated/schema'
import { ComboBox } from '../../ui/ComboBox'
import { TextField } from '../../ui/Field'
import { Filters } from '../../ui/Filters'
import { Toolbar } from '../../ui/Page'
import { useSearch, useTypedSearch } from '../../ui/useSearch'
import { AuditMemberDocument, AuditPeopleDocument } from './audit.generated'
import type { OperatedOrganization } from './Organization'
import { instantOf } from './typed'

/** Which entries are wanted; all of it is in the address. */
export function useAuditBar({ slug, timeZone }: OperatedOrganization) {
  const { t } = useTranslation('operator')
  const [typed, setTyped, actions] = useTypedSearch('action')
  const [request, setRequest, requestId] = useTypedSearch('request')
  const [memberId, setMemberId] = useSearch('member')
  const [since, setSince] = useSearch('since')
  const [until, setUntil] = useSearch('until')
  const filter = useMemo<AuditFilter>(() => {
    const names = actions.split(/[\s,]+/).filter((one) => one !== '')
    const [from, to] = [instantOf(since, timeZone), instantOf(until, timeZone)]
    return {
      ...(names.length > 0 ? { actions: names } : {}),
      ...(memberId === '' ? {} : { memberId }),
      ...(requestId === '' ? {} : { requestId }),
      ...(from === undefined ? {} : { since: from }),
      ...(to === undefined ? {} : { until: to }),
    }
  }, [actions, memberId, requestId, since, until, timeZone])
  const { name, isNobody } = useNamed(slug, memberId)
  const bar = (
    <Toolbar>
      <MemberBox slug={slug} name={name} memberId={memberId} onChoose={setMemberId} />
      <Filters set={Object.keys(filter).length - (filter.memberId ? 1 : 0)}>
        <TextField label={t('audit.action')} value={typed} onChange={setTyped} placeholder="seats.changed" />
        <TextField label={t('audit.request')} value={request} onChange={setRequest} />
        <TextField label={t('audit.since')} type="datetime-local" value={since} onChange={setSince} />
        <TextField label={t('audit.until')} type="datetime-local" value={until} onChange={setUntil} />
      </Filters>
    </Toolbar>
  )
  return {
    filter,
    bar,
    /** Whose entries are wanted is nobody here: their id was mistyped, or is of another organization. */
    isNobody,
    onEverybody: () => {
      setMemberId('')
    },
  }
}

/** The address has somebody's id alone, so their name is asked for. */
function useNamed(slug: string, memberId: string) {
  const { t } = useTranslation('operator')
  const [{ data, error, fetching }] = useQuery({
    query: AuditMemberDocument,
    variables: { id: memberId },
    pause: memberId === '',
  })
  const member = data?.node?.__typename === 'Member' && data.node.organization.slug === slug ? data.node : null
  const isNobody = memberId !== '' && !fetching && !member && !error?.networkError
  return { name: memberId === '' ? '' : (member?.name ?? t('audit.somebody')), isNobody }
}

type MemberBoxProps = { slug: string; name: string; memberId: string; onChoose: (memberId: string) => void }

/** Who did it: found by name on the server. */
function MemberBox({ slug, name, memberId, onChoose }: MemberBoxProps) {
  const { t } = useTranslation('operator')
  const [typed, setTyped] = useState<string | null>(null)
  const [{ data: found }] = useQuery({ query: AuditPeopleDocument, variables: { slug, text: typed ?? '' } })
  const people = found?.organization?.members?.nodes ?? []
  return (
    <ComboBox
      label={t('audit.actor')}
      text={typed ?? name}
      onText={(text) => {
        setTyped(text)
        if (text === '') onChoose('')
      }}
      choices={people.map((one) => ({ id: one.id, label: one.name ?? '—' }))}
      chosen={memberId === '' ? null : memberId}
      onChoose={(id) => {
        setTyped(people.find((one) => one.id === id)?.name ?? null)
        onChoose(id)
      }}
      empty={t('audit.noPeople')}
      isQuiet
    />
  )
}
