type OnClock<Clock> = { name: string; testClock: Clock | null }

/** The clocks that organizations live by, each once, with who lives by them. */
export function clocksOf<Clock extends { id: string }>(organizations: readonly OnClock<Clock>[]) {
  const known = new Map<string, { clock: Clock; names: string[] }>()
  for (const { testClock, name } of organizations) {
    if (!testClock) continue
    const one = known.get(testClock.id) ?? { clock: testClock, names: [] }
    one.names.push(name)
    known.set(testClock.id, one)
  }
  return [...known.values()]
}
