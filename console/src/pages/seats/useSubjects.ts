import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'

import { useLiveQuery } from '../../graphql/live'
import { useFormats } from '../../i18n/format'
import { useOrganization } from '../../shell/OrganizationShell'
import { useSourceWords } from '../impact/sources'
import { type SubjectFragment, ChosenSubjectsDocument } from './change.generated'
import { type Kind, partsOf, type Token, tokenOf } from './choice'
import { useSubjectText } from './subjectNames'

type Member = Extract<SubjectFragment, { __typename: 'Member' }>
type Source = NonNullable<Member['seat']>['sources'][number]

/** A subject as it is shown: what it is called, what there is to know of it. */
export type Shown = { token: Token; kind: Kind; label: string; hint: string; sources: readonly Source[] }

/** Puts a subject into words. */
export function useSubjectWords() {
  const { t } = useTranslation('seats')
  const { t: common } = useTranslation()
  const format = useFormats()
  const nameOf = useSubjectText()
  const sourceWords = useSourceWords()
  return useMemo(() => {
    const sourceOf = ({ subject }: Source) => sourceWords(subject)
    const seatOf = ({ seat, status }: Member) => {
      if (status !== 'ACTIVE') return common(`status.${status}`)
      return seat ? t('hint.seated', { sources: format.list(seat.sources.map(sourceOf)) }) : t('hint.noSeat')
    }
    const hintOf = (subject: SubjectFragment) => {
      if (subject.__typename !== 'Member') return common('people', { count: subject.memberCount })
      return [subject.email, seatOf(subject)].filter(Boolean).join(' · ')
    }
    const show = (subject: SubjectFragment): Shown => {
      const token = tokenOf(subject)
      const sources = subject.__typename === 'Member' ? (subject.seat?.sources ?? []) : []
      return { token, kind: partsOf(token).kind, label: nameOf(subject), hint: hintOf(subject), sources }
    }
    return { show, sourceOf, nameOf }
  }, [t, common, format, nameOf, sourceWords])
}

/** What is known of chosen subjects, in their order; what was never there, or is no more, has no name. */
export function useSubjects(tokens: readonly Token[]): readonly Shown[] {
  const { t } = useTranslation('seats')
  const { id: organizationId } = useOrganization()
  const { show } = useSubjectWords()
  const ids = tokens.map(partsOf).filter((one) => one.kind !== 'everyone' && one.kind !== 'email')
  const [{ data }] = useLiveQuery({
    query: ChosenSubjectsDocument,
    variables: { ids: ids.map((one) => one.id) },
    pause: ids.length === 0,
  })
  const found = new Map(
    (data?.nodes ?? []).flatMap((node) =>
      (node?.__typename === 'Member' || node?.__typename === 'Team' || node?.__typename === 'Department') &&
      node.organization.id === organizationId
        ? [[node.id, show(node)] as const]
        : [],
    ),
  )
  return tokens.map((token) => {
    const { kind, id } = partsOf(token)
    const plain = { token, kind, sources: [] }
    if (kind === 'everyone') return { ...plain, label: t('everyone'), hint: '' }
    if (kind === 'email') return { ...plain, label: id, hint: t('hint.invited') }
    return found.get(id) ?? { ...plain, label: data ? t('hint.unknown') : '…', hint: '' }
  })
}
