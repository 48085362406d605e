/** Whole seats as typed; null for nothing, undefined for what is no number. */
export function readCount(text: string): number | null | undefined {
  const plain = text.replace(/\s/g, '')
  if (plain === '') return null
  return /^\d{1,9}$/.test(plain) ? Number(plain) : undefined
}

/** An amount as typed in either language, "62 800,50" or "62800.50", as a decimal; null for nothing, undefined for none. */
export function readAmount(text: string): string | null | undefined {
  const plain = text.replace(/\s/g, '').replace(',', '.')
  if (plain === '') return null
  return /^\d{1,15}(\.\d{1,6})?$/.test(plain) ? plain : undefined
}
