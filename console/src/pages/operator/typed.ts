import { parseAbsolute, parseDateTime, toCalendarDateTime, toZoned } from '@internationalized/date'

export type Kind = 'text' | 'lines' | 'email' | 'decimal' | 'count' | 'instant' | 'month' | 'date'

/** What somebody typed, as the API takes it; null for nothing, undefined for what cannot be read. */
export function readTyped(kind: Kind, text: string, timeZone = 'UTC'): string | null | undefined {
  const plain = text.trim()
  if (plain === '') return null
  if (kind === 'decimal') {
    const amount = plain.replace(/\s/g, '').replace(',', '.')
    return /^\d{1,15}(\.\d{1,6})?$/.test(amount) ? amount : undefined
  }
  if (kind === 'count') {
    const count = plain.replace(/\s/g, '')
    return /^\d{1,9}$/.test(count) ? count : undefined
  }
  return kind === 'instant' ? instantOf(plain, timeZone) : plain
}

/** "2026-01-31T12:00" on a wall in the zone, as an instant. */
export function instantOf(local: string, timeZone: string): string | undefined {
  try {
    return toZoned(parseDateTime(local), timeZone).toAbsoluteString()
  } catch {
    return undefined
  }
}

/** An instant as an input for date and time shows it in the zone. */
export function localOf(instant: string, timeZone: string): string {
  return toCalendarDateTime(parseAbsolute(instant, timeZone)).toString().slice(0, 16)
}

/** Instants that a test clock is often advanced to. */
export function stepsOf(now: string, timeZone: string) {
  const at = parseAbsolute(now, timeZone)
  return {
    day: at.add({ days: 1 }).toAbsoluteString(),
    month: at.add({ months: 1 }).toAbsoluteString(),
    monthEnd: at.add({ months: 1 }).set({ day: 1, hour: 0, minute: 0, second: 0, millisecond: 0 }).toAbsoluteString(),
  }
}
