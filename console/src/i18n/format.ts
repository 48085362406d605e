import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'

export type Money = { amount: string; currency: string }

/** How a reader of this language writes money, numbers and instants; amounts are decimals and never become floats. */
export function formatsOf(language: string) {
  const locale = language === 'ru' ? 'ru-RU' : (navigator.languages.find((one) => one.startsWith('en')) ?? 'en-GB')
  /** Russian ends a day or a month with "г.", which would stand before the full stop of a sentence. */
  const bare = (text: string) => text.replace(/\sг\.$/, '')
  const exact = (value: string) => value as unknown as number // a decimal in a string is formatted digit for digit
  return {
    locale,
    money: ({ amount, currency }: Money) =>
      new Intl.NumberFormat(locale, { style: 'currency', currency, trailingZeroDisplay: 'stripIfInteger' }).format(
        exact(amount),
      ),
    /** What one of something costs, with all the decimals that it has. */
    price: ({ amount, currency }: Money) =>
      new Intl.NumberFormat(locale, {
        style: 'currency',
        currency,
        maximumFractionDigits: 6,
        trailingZeroDisplay: 'stripIfInteger',
      }).format(exact(amount)),
    number: (value: number) => new Intl.NumberFormat(locale).format(value),
    /** "+25", "−10": how many more or fewer. */
    signed: (value: number) => new Intl.NumberFormat(locale, { signDisplay: 'exceptZero' }).format(value),
    percent: (value: string) =>
      new Intl.NumberFormat(locale, { maximumFractionDigits: 4 }).format(exact(value)) + '\u00a0%',
    day: (instant: string, timeZone?: string) =>
      bare(new Intl.DateTimeFormat(locale, { dateStyle: 'long', timeZone }).format(new Date(instant))),
    /** "12 Jan", as under a chart. */
    dayOfMonth: (instant: string, timeZone?: string) =>
      new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'short', timeZone }).format(new Date(instant)),
    shortDay: (instant: string, timeZone?: string) =>
      bare(new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeZone }).format(new Date(instant))),
    instant: (instant: string, timeZone?: string) =>
      new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short', timeZone }).format(new Date(instant)),
    /** With the zone, as until when something holds or is to be done: "1 Jan 2026, 12:00 GMT+3". */
    zonedInstant: (instant: string, timeZone?: string) =>
      new Intl.DateTimeFormat(locale, {
        day: 'numeric',
        month: 'short',
        year: 'numeric',
        hour: '2-digit',
        minute: '2-digit',
        timeZoneName: 'short',
        timeZone,
      }).format(new Date(instant)),
    /** To the second, as disputes are. */
    exactInstant: (instant: string, timeZone?: string) =>
      new Intl.DateTimeFormat(locale, { dateStyle: 'long', timeStyle: 'long', timeZone }).format(new Date(instant)),
    /** "2021-01" as "January 2021". */
    month: (month: string) =>
      bare(
        new Intl.DateTimeFormat(locale, { month: 'long', year: 'numeric', timeZone: 'UTC' }).format(
          new Date(`${month}-01T00:00:00Z`),
        ),
      ),
    list: (parts: readonly string[]) => new Intl.ListFormat(locale).format(parts),
  }
}

export function useFormats() {
  const { i18n } = useTranslation()
  return useMemo(() => formatsOf(i18n.language), [i18n.language])
}

/** The month that an instant falls in, where the organization is: "2021-01". */
export function monthOf(instant: string | Date, timeZone: string): string {
  const parts = new Intl.DateTimeFormat('en-CA', { year: 'numeric', month: '2-digit', timeZone }).formatToParts(
    new Date(instant),
  )
  const part = (type: string) => parts.find((one) => one.type === type)?.value ?? ''
  return `${part('year')}-${part('month')}`
}

export function addMonths(month: string, count: number): string {
  const [year = 0, number = 1] = month.split('-').map(Number)
  const months = year * 12 + number - 1 + count
  return `${String(Math.floor(months / 12)).padStart(4, '0')}-${String((months % 12) + 1).padStart(2, '0')}`
}
