/** From an instant on (milliseconds since 1970) so many hold a seat, until the next step. */
export type Step = { at: number; seats: number }

/** The step that holds at an instant: the last that has begun by then; 0 before all of them. */
export function stepAt(steps: readonly Step[], instant: number): number {
  let [low, high] = [0, steps.length - 1]
  while (low < high) {
    const middle = Math.ceil((low + high) / 2)
    if ((steps[middle]?.at ?? Infinity) <= instant) low = middle
    else high = middle - 1
  }
  return Math.max(low, 0)
}

type Point = { x: number; y: number }

/**
 * The points of a line that looks the same and has at most four in a column of pixels: where it comes in, its lowest
 * and its highest, where it goes out. So twenty thousand steps are drawn as fast as two thousand.
 */
export function thin(steps: readonly Step[], toX: (at: number) => number, toY: (seats: number) => number): Point[] {
  const points: Point[] = []
  let from = 0
  while (from < steps.length) {
    const column = Math.round(toX(steps[from]?.at ?? 0))
    let to = from
    while (to + 1 < steps.length && Math.round(toX(steps[to + 1]?.at ?? 0)) === column) to += 1
    for (const step of tellingOf(steps, from, to)) points.push({ x: toX(step.at), y: toY(step.seats) })
    from = to + 1
  }
  return points
}

/** The first, lowest, highest and last of some steps, in their order and each once. */
function tellingOf(steps: readonly Step[], from: number, to: number): Step[] {
  let [lowest, highest] = [from, from]
  for (let place = from; place <= to; place += 1) {
    const seats = steps[place]?.seats ?? 0
    if (seats < (steps[lowest]?.seats ?? 0)) lowest = place
    if (seats > (steps[highest]?.seats ?? 0)) highest = place
  }
  const places = [...new Set([from, lowest, highest, to])].sort((one, other) => one - other)
  return places.flatMap((place) => steps[place] ?? [])
}

const DAY = 24 * 60 * 60 * 1000

/** Every so many days of a period, so that there are at most so many. */
export function dayTicks(start: number, end: number, most: number): number[] {
  const days = Math.round((end - start) / DAY)
  const every = [1, 2, 5, 7, 10].find((one) => days / one <= most) ?? 15
  const ticks: number[] = []
  for (let day = 0; day < days; day += every) ticks.push(start + day * DAY)
  return ticks
}
