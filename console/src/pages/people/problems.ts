import type { TFunction } from 'i18next'

import type { Problem, Refusal } from '../../graphql/refusals'

const ABOUT = ['email', 'name', 'login', 'role', 'departmentId', 'department', 'teams', 'teamIds', 'externalId']

/** As the server says it in either language: it has no code of its own. */
const TWICE = /twice|дважды/

/** What is wrong with one person of a list, in our own words where we have them. */
export function problemWords(t: TFunction<'people'>, problem: Problem): string {
  const field = problem.path[3]
  const isInput = problem.code === 'INVALID_INPUT'
  if (isInput && field !== 'teamIds' && TWICE.test(problem.message)) return t('wrong.twice')
  if (isInput && field !== undefined && ABOUT.includes(field)) return t(`wrong.${field as 'email'}`)
  if (problem.code === 'ALREADY_EXISTS') return t('wrong.taken')
  if (problem.code === 'FORBIDDEN' && field === 'role') return t('wrong.roleAbove')
  if (problem.code === 'FORBIDDEN') return t('wrong.above')
  if (problem.code === 'NOT_FOUND') return t('wrong.noGroup')
  if (problem.code === 'LAST_OWNER') return t('wrong.lastOwner')
  return problem.message
}

/** The problems of each line of a list, by its place in it; `rest` are about none. */
export function byPlace(refusal: Refusal | null) {
  const places = new Map<number, Problem[]>()
  const rest: Problem[] = []
  for (const problem of refusal?.problems ?? []) {
    const place = problem.path[1] === 'members' ? Number(problem.path[2]) : NaN
    if (Number.isNaN(place)) rest.push(problem)
    else places.set(place, [...(places.get(place) ?? []), problem])
  }
  return { places, rest }
}
