export type Address = { name: string; email: string }

const QUOTES = /^["'«“,\s]+|["'»”,\s]+$/g

/** "anna.petrova@…" is most likely Anna Petrova. */
function nameOf(email: string): string {
  const words = (email.split('@')[0] ?? '').split(/[._-]+/).filter((word) => /\p{L}/u.test(word))
  return words.map((word) => (word[0]?.toUpperCase() ?? '') + word.slice(1)).join(' ')
}

/**
 * Addresses as people paste them: "Anna Petrova <anna@…>", bare ones, or name and address in two cells of a
 * spreadsheet; separated by lines, commas or semicolons. What has no "@" is told apart as `unread`.
 */
export function readAddresses(text: string): { found: Address[]; unread: string[] } {
  const found = new Map<string, Address>()
  const unread: string[] = []
  for (const line of text.split(/[\r\n]+/)) {
    for (const one of split(line)) {
      const email = /[^\s<>"',;()]+@[^\s<>"',;()]+/.exec(one)?.[0]
      if (email === undefined) unread.push(one)
      else if (!found.has(email.toLowerCase())) found.set(email.toLowerCase(), { email, name: said(one, email) })
    }
  }
  return { found: [...found.values()], unread }
}

/** A line is one address with its name, however these are separated, unless it has several. */
function split(line: string): string[] {
  const isOne = (line.match(/@/g) ?? []).length < 2
  const parts = isOne ? [line] : line.split(/[,;](?=(?:[^"]*"[^"]*")*[^"]*$)/)
  return parts.map((part) => part.trim()).filter((part) => part !== '')
}

function said(one: string, email: string): string {
  const rest = one
    .replace(email, '')
    .replace(/[<>()\t;]+/g, ' ')
    .replace(/\s+/g, ' ')
    .replace(QUOTES, '')
  return rest === '' ? nameOf(email) : rest
}
