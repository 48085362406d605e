import type { Problem, Refusal } from '../../graphql/refusals'

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
