import Papa from 'papaparse'

import type { Role, RosterMemberInput } from '../../graphql/generated/schema'

/** The columns of a roster, as `seatmark directory-apply` has them; the first two are needed. */
export const COLUMNS = ['email', 'name', 'login', 'role', 'department', 'teams', 'externalId'] as const
export type Column = (typeof COLUMNS)[number]

const REQUIRED: readonly Column[] = ['email', 'name']
const ROLES: readonly string[] = ['OWNER', 'ADMIN', 'BILLING_MANAGER', 'MEMBER'] satisfies Role[]
const TEAM_SEPARATOR = '|'

/** A line of the file that it alone refuses. */
export type RefusedLine = { number: number; column: Column | null; reason: 'fields' | 'role'; said: string }

/** Why a whole file cannot be read. */
export type RefusedFile =
  | { reason: 'empty' | 'nobody' | 'encoding' }
  | { reason: 'quotes'; number: number }
  | { reason: 'missing' | 'unknown' | 'twice'; columns: string[] }

export type Roster = {
  members: RosterMemberInput[]
  /** The line of the file that each of them begins on, from 1. */
  numbers: number[]
  refused: RefusedLine[]
}

export type Read = { roster: Roster; refusal: null } | { roster: null; refusal: RefusedFile }

const refuse = (refusal: RefusedFile): Read => ({ roster: null, refusal })

/** How a file says that it is written; another encoding is never guessed, for a wrong guess changes everybody's name. */
const MARKS: readonly (readonly [string, readonly number[]])[] = [
  ['utf-8', [0xef, 0xbb, 0xbf]],
  ['utf-16le', [0xff, 0xfe]],
  ['utf-16be', [0xfe, 0xff]],
]

/** The text of a file; null if it is not written so. */
export function decode(content: Uint8Array, encoding = 'utf-8'): string | null {
  const marked = MARKS.find(([, mark]) => mark.every((byte, place) => content[place] === byte))?.[0]
  try {
    return new TextDecoder(marked ?? encoding, { fatal: true }).decode(content)
  } catch {
    return null
  }
}

/** The people of a roster. A line without any text is passed over; one that is refused is among the people too. */
export function readRoster(text: string): Read {
  const lines = text.replace(/^\ufeff/, '').replace(/\r\n?/g, '\n')
  const first = lines.slice(0, (lines + '\n').indexOf('\n'))
  const isSaid = /^sep=.$/i.test(first)
  const body = isSaid ? lines.slice(first.length + 1) : lines
  const delimiter = isSaid ? first.slice(-1) : likeliest(first)
  const { rows, broken } = split(body, delimiter, isSaid ? 2 : 1)
  if (broken !== null) return refuse({ reason: 'quotes', number: broken })
  const [header, ...below] = rows
  if (!header || !header.fields.some((field) => field.trim() !== '')) return refuse({ reason: 'empty' })
  const columns = columnsOf(header.fields)
  if ('reason' in columns) return refuse(columns)
  const roster = peopleOf(columns.columns, below)
  return roster.members.length === 0 ? refuse({ reason: 'nobody' }) : { roster, refusal: null }
}

type Row = { number: number; fields: string[] }

function likeliest(header: string): string {
  const count = (delimiter: string) => header.split(delimiter).length
  return [';', ',', '\t'].reduce((best, one) => (count(one) > count(best) ? one : best))
}

/** Every row with the line that it begins on; a quoted field may go over several. */
function split(text: string, delimiter: string, firstLine: number): { rows: Row[]; broken: number | null } {
  const rows: Row[] = []
  let [broken, number, cursor]: [number | null, number, number] = [null, firstLine, 0]
  Papa.parse<string[]>(text, {
    delimiter,
    newline: '\n',
    step: ({ data, errors, meta }) => {
      if (errors.some((one) => one.type === 'Quotes')) broken ??= number
      rows.push({ number, fields: data })
      number += text.slice(cursor, meta.cursor).split('\n').length - 1
      cursor = meta.cursor
    },
  })
  return { rows, broken }
}

function columnsOf(header: readonly string[]): { columns: (Column | null)[] } | RefusedFile {
  const columns = header.map((name) => COLUMNS.find((one) => one.toLowerCase() === name.trim().toLowerCase()) ?? null)
  const missing = REQUIRED.filter((one) => !columns.includes(one))
  if (missing.length > 0) return { reason: 'missing', columns: missing }
  const unknown = header.filter((name, place) => name.trim() !== '' && columns[place] === null)
  if (unknown.length > 0) return { reason: 'unknown', columns: unknown.map((name) => name.trim()) }
  const twice = COLUMNS.filter((one) => columns.filter((two) => two === one).length > 1)
  return twice.length > 0 ? { reason: 'twice', columns: twice } : { columns }
}

function peopleOf(columns: readonly (Column | null)[], rows: readonly Row[]): Roster {
  const roster: Roster = { members: [], numbers: [], refused: [] }
  for (const { number, fields } of rows) {
    if (fields.every((field) => field.trim() === '')) continue
    const values: Partial<Record<Column, string>> = {}
    for (const [place, column] of columns.entries()) {
      const field = fields[place]
      if (column !== null && field !== undefined) values[column] = field.trim()
    }
    const isTooLong = fields.slice(columns.length).some((field) => field.trim() !== '')
    if (fields.length < columns.length || isTooLong) {
      roster.refused.push({ number, column: null, reason: 'fields', said: String(fields.length) })
    }
    const role = (values.role ?? '').toUpperCase()
    if (role !== '' && !ROLES.includes(role)) {
      roster.refused.push({ number, column: 'role', reason: 'role', said: values.role ?? '' })
      delete values.role
    }
    roster.members.push(memberOf(values))
    roster.numbers.push(number)
  }
  return roster
}

/** A blank login, external id or role leaves what there is; a blank department or no teams is none. */
function memberOf(values: Partial<Record<Column, string>>): RosterMemberInput {
  const { email = '', name = '', login, role, department, teams, externalId } = values
  return {
    email,
    name,
    ...(login ? { login } : {}),
    ...(externalId ? { externalId } : {}),
    ...(role ? { role: role.toUpperCase() as Role } : {}),
    ...(department === undefined ? {} : { department }),
    ...(teams === undefined ? {} : { teams: teamsOf(teams) }),
  }
}

const teamsOf = (cell: string) =>
  cell
    .split(TEAM_SEPARATOR)
    .map((team) => team.trim())
    .filter((team) => team !== '')
