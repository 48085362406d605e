import { useCallback, useMemo } from 'react'

import type { JoinsPolicy, SubjectInput } from '../../graphql/generated/schema'
import { linkTo, useKeptSearch } from '../../ui/useKeptSearch'

export type Kind = 'member' | 'team' | 'department' | 'everyone' | 'email'

/** A subject as the address has it: `member:ID`, `team:ID`, `department:ID`, `email:ADDRESS`, `everyone`. */
export type Token = string

/** To subscribe, and to unsubscribe. */
export type Side = 'add' | 'remove'

export type Choice = { add: readonly Token[]; remove: readonly Token[]; joins: JoinsPolicy }

export const JOINS: readonly JoinsPolicy[] = ['ALWAYS', 'WITHIN_PEAK', 'NEVER']

export function tokenOf(subject: { __typename: string; id?: string }): Token {
  return subject.__typename === 'Everyone' ? 'everyone' : `${subject.__typename.toLowerCase()}:${subject.id ?? ''}`
}

export function partsOf(token: Token): { kind: Kind; id: string } {
  const [kind = '', ...rest] = token.split(':')
  return { kind: kind as Kind, id: rest.join(':') }
}

/** The way to the page on which such a change is looked at and made. */
export function changeLink(slug: string, { add = [], remove = [] }: Partial<Choice>) {
  const search = new URLSearchParams([...add.map((one) => ['add', one]), ...remove.map((one) => ['remove', one])])
  return linkTo(`/o/${slug}/seats/change`, search)
}

export function inputOf(token: Token): SubjectInput {
  const { kind, id } = partsOf(token)
  switch (kind) {
    case 'team':
      return { teamId: id }
    case 'department':
      return { departmentId: id }
    case 'everyone':
      return { everyone: true }
    case 'email':
      return { email: id }
    case 'member':
      return { memberId: id }
  }
}

/** Whether people can join it. */
export const isGroup = (token: Token) => ['team', 'department', 'everyone'].includes(partsOf(token).kind)

const KINDS: readonly string[] = ['member', 'team', 'department', 'everyone', 'email'] satisfies Kind[]
const isToken = (token: string) => KINDS.includes(partsOf(token).kind)

/** What is to be changed: back and reload keep it, and, if it is not very much, a link to somebody else. */
export function useChoice() {
  const [search, keep] = useKeptSearch()
  const choice = useMemo<Choice>(() => {
    const joins = search.get('joins')
    return {
      add: [...new Set(search.getAll('add'))].filter(isToken),
      remove: [...new Set(search.getAll('remove'))].filter(isToken),
      joins: JOINS.find((one) => one === joins) ?? 'ALWAYS',
    }
  }, [search])
  const edit = useCallback(
    (how: (search: URLSearchParams) => void) => {
      const after = new URLSearchParams(search)
      how(after)
      keep(after)
    },
    [search, keep],
  )
  const put = useCallback(
    (side: Side, token: Token, instead?: Token) => {
      edit((after) => {
        if (instead !== undefined) after.delete(side, instead)
        if (!after.has(side, token)) after.append(side, token)
      })
    },
    [edit],
  )
  const putAll = useCallback(
    (side: Side, tokens: readonly Token[]) => {
      edit((after) => {
        for (const token of tokens) after.append(side, token)
      })
    },
    [edit],
  )
  const leaveOut = useCallback(
    (side: Side, token: Token) => {
      edit((after) => {
        after.delete(side, token)
      })
    },
    [edit],
  )
  const setJoins = useCallback(
    (joins: JoinsPolicy) => {
      edit((after) => {
        if (joins === 'ALWAYS') after.delete('joins')
        else after.set('joins', joins)
      })
    },
    [edit],
  )
  const clear = useCallback(() => {
    keep(new URLSearchParams())
  }, [keep])
  return { choice, put, putAll, leaveOut, setJoins, clear }
}
