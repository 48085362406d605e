import { useCallback, useContext, useEffect, useMemo, useState, useSyncExternalStore } from 'react'
import { type AnyVariables, type Client, type CombinedError, type DocumentInput, useClient } from 'urql'

import { Revision } from './live'

type Connection<Node> = {
  totalCount: number | null
  nodes: readonly Node[]
  pageInfo: { hasNextPage: boolean; endCursor: string | null }
}

/** What an answer says of one page: the page, none that may be seen, or that it did not come. */
type Answer<Node> = { page: Connection<Node> | null; error: CombinedError | null }

type Page<Node> = { nodes: readonly Node[]; endCursor: string | null; hasNext: boolean; seen: number }

export type Shown<Node> = {
  nodes: readonly Node[]
  totalCount: number | null
  hasNext: boolean
  /** Whether rows are on their way that are not there yet; what is only looked at again is not told. */
  isLoading: boolean
  /** Whether the first page has come. */
  isThere: boolean
  error: CombinedError | null
}

/** So many pages are looked at again where nobody says which are in sight. */
const MOST_AGAIN = 9

/** How many entries pages have: the most that the server gives at once. */
export const PAGE = 100

/** A long list, page by page. Each page is kept by itself, so that the hundredth costs what the first did. */
export class Pages<Node extends { id: string }> {
  private pages: Page<Node>[] = []
  private readonly asked = new Set<number>()
  private readonly listeners = new Set<() => void>()
  private shown: Shown<Node> = {
    nodes: [],
    totalCount: null,
    hasNext: false,
    isLoading: true,
    isThere: false,
    error: null,
  }
  private place = 0

  constructor(private readonly fetch: (after: string | null) => Promise<Answer<Node>>) {}

  readonly subscribe = (listener: () => void) => {
    this.listeners.add(listener)
    return () => {
      this.listeners.delete(listener)
    }
  }
  readonly get = () => this.shown

  /** Where somebody had scrolled to when they went away, in pixels. */
  get top() {
    return this.place
  }

  get length() {
    return this.pages.length
  }

  leaveAt(top: number) {
    this.place = top
  }

  /** Ask for a page that is not there, or that something may have happened to since it was seen. */
  async look(wanted: number, revision: number): Promise<void> {
    const place = Math.min(wanted, this.pages.length)
    const [above, before] = [this.pages[place - 1], this.pages[place]]
    const isWanted = place === 0 || above?.hasNext
    if (!isWanted || this.asked.has(place) || (before && before.seen >= revision)) return
    this.asked.add(place)
    this.tell({ isLoading: !before })
    const { page, error } = await this.fetch(above?.endCursor ?? null)
    this.asked.delete(place)
    if (page) this.put(place, page, revision)
    this.tell({ isLoading: [...this.asked].some((one) => !this.pages[one]), error })
  }

  /** The page below those that are there. */
  more(revision: number): Promise<void> {
    return this.look(this.pages.length, revision)
  }

  private put(place: number, { nodes, pageInfo, totalCount }: Connection<Node>, revision: number) {
    const before = this.pages[place]
    const below = this.pages[place + 1]
    this.pages[place] = { nodes, endCursor: pageInfo.endCursor, hasNext: pageInfo.hasNextPage, seen: revision }
    if (!pageInfo.hasNextPage) this.pages.length = place + 1
    else if (below && before?.endCursor !== pageInfo.endCursor) below.seen = -1 // it begins elsewhere now
    const byId = new Map(this.pages.flatMap((page) => page.nodes).map((node) => [node.id, node]))
    const hasNext = this.pages[this.pages.length - 1]?.hasNext ?? false
    this.shown = { ...this.shown, nodes: [...byId.values()], totalCount, hasNext, isThere: true }
  }

  private tell(change: Partial<Shown<Node>>) {
    this.shown = { ...this.shown, ...change }
    for (const listener of this.listeners) listener()
  }
}

/** Lists that were looked at, so that going back finds them as they were left. */
const lists = new WeakMap<Client, Map<string, unknown>>()
const MOST_KEPT = 12

function kept<List>(client: Client, key: string, make: () => List): List {
  const ofClient = lists.get(client) ?? new Map<string, unknown>()
  lists.set(client, ofClient)
  const list = (ofClient.get(key) as List | undefined) ?? make()
  ofClient.delete(key)
  ofClient.set(key, list)
  for (const oldest of ofClient.keys()) if (ofClient.size > MOST_KEPT) ofClient.delete(oldest)
  return list
}

/** A list that is read page by page; `name` tells it from other lists, `read` finds it in an answer. */
export function usePages<Data, Variables extends AnyVariables, Node extends { id: string }>(
  name: string,
  document: DocumentInput<Data, Variables>,
  variables: Omit<Variables, 'after'>,
  read: (data: Data) => Connection<Node> | null | undefined,
) {
  const client = useClient()
  const revision = useContext(Revision)
  const key = `${name} ${JSON.stringify(variables)}`
  const pages = useMemo(
    () =>
      kept(
        client,
        key,
        () =>
          new Pages<Node>(async (after) => {
            const asked = { ...variables, after } as unknown as Variables
            const { data, error } = await client.query(document, asked, { requestPolicy: 'network-only' }).toPromise()
            return { page: (data && read(data)) ?? null, error: error ?? null }
          }),
      ),
    // eslint-disable-next-line react-hooks/exhaustive-deps -- the key says all that the variables do
    [client, key],
  )
  const shown = useSyncExternalStore(pages.subscribe, pages.get)
  const [last, setLast] = useState(shown)
  if (shown.isThere && shown !== last) setLast(shown)
  const [inSight, setInSight] = useState<{ pages: unknown; first: number; end: number } | null>(null)
  const isTold = inSight !== null && inSight.pages === pages
  const [first, end] = isTold ? [inSight.first, inSight.end] : [0, MOST_AGAIN]
  useEffect(() => {
    const look = async () => {
      for (let place = first; place <= Math.min(end, pages.length); place += 1) {
        if (place < pages.length || place === 0) await pages.look(place, revision)
      }
    }
    void look()
  }, [pages, first, end, revision])
  const { hasNext } = shown
  const more = useCallback(() => {
    if (hasNext) void pages.more(revision)
  }, [pages, hasNext, revision])
  return {
    ...(shown.isThere || shown.error ? shown : { ...last, isLoading: true }),
    /** Which list it is: rows of another filter are another table. */
    key,
    more,
    again: () => void pages.look(0, revision + 1),
    /** What a table needs to find its place again, and to say which rows are in sight. */
    place: {
      top: pages.top,
      onScroll: (top: number, from: number, to: number) => {
        pages.leaveAt(top)
        const now = { pages, first: Math.floor(from / PAGE), end: Math.floor(to / PAGE) }
        if (now.first !== first || now.end !== end) setInSight(now)
      },
    },
  }
}
