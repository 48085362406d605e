import { clientHeaders } from '../graphql/client'

/** What somebody without a session can do here. */
export type Methods = {
  provider: boolean
  link: boolean
  operatorKey: boolean
  demo: readonly { as: string; name: string }[]
}

/** The longest way back that the server keeps while somebody signs in elsewhere. */
const LONGEST = 2000

/** The way back for somebody who leaves this page to sign in: the page itself, without what was chosen on it if that is too much. */
export const wayBack = (path: string) => (path.length > LONGEST ? (path.split(/[?#]/)[0] ?? '/') : path)

/**
 * The way back that an address asks for, if it stays on our own side as browsers read it; else the start. Browsers take a
 * backslash for a slash and leave tabs out, so that only their own reading of the address tells where it leads.
 */
export function localPath(asked: string | null, origin: string): string {
  if (!asked?.startsWith('/') || !URL.canParse(asked, origin)) return '/'
  const url = new URL(asked, origin)
  const path = url.pathname + url.search + url.hash
  return url.origin === origin && !path.startsWith('//') ? path : '/'
}

export async function askForMethods(): Promise<Methods> {
  const answer = await fetch('/auth/methods', { headers: clientHeaders() })
  if (!answer.ok) throw new Error(`/auth/methods answered ${String(answer.status)}`)
  return (await answer.json()) as Methods
}

/** Send JSON to one of the doors of signing in or out. Returns: null, or why not; nothing when nobody has said why. */
async function post(path: string, body: unknown): Promise<string | null> {
  const answer = await fetch(path, {
    method: 'POST',
    headers: { ...clientHeaders(), 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  }).catch(() => null)
  if (answer === null) return ''
  if (answer.ok) return null
  const told = (await answer.json().catch(() => null)) as { errors?: { message: string }[]; message?: string } | null
  return told?.errors?.[0]?.message ?? told?.message ?? ''
}

export const signInAs = (as: string) => post('/auth/demo', { as })
export const signInByKey = (key: string) => post('/auth/operator-key', { key })
export const askForLink = (email: string, returnTo: string, language: string) =>
  post('/auth/sign-in-link', { email, returnTo: wayBack(returnTo), language })
export const signOut = () => post('/auth/sign-out', {})
