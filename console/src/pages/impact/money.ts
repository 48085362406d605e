import type { Money } from '../../i18n/format'

/** The first less the second, digit for digit: amounts never become floats. */
export function minus(one: Money, other: Money): Money {
  const digits = Math.max(fraction(one.amount).length, fraction(other.amount).length)
  const difference = whole(one.amount, digits) - whole(other.amount, digits)
  const sign = difference < 0n ? '-' : ''
  const text = String(difference < 0n ? -difference : difference).padStart(digits + 1, '0')
  const amount = digits === 0 ? text : `${text.slice(0, -digits)}.${text.slice(-digits)}`
  return { amount: sign + amount, currency: one.currency }
}

/** Below zero, zero or above: -1, 0 or 1. */
export function signOf({ amount }: Money): -1 | 0 | 1 {
  if (/^-?[0.]*$/.test(amount)) return 0
  return amount.startsWith('-') ? -1 : 1
}

export const absolute = (money: Money): Money => ({ ...money, amount: money.amount.replace('-', '') })

const fraction = (amount: string) => amount.split('.')[1] ?? ''

function whole(amount: string, digits: number): bigint {
  const [before = '0', after = ''] = amount.split('.')
  return BigInt(before + after.padEnd(digits, '0'))
}
