import { useCallback, useContext, useEffect, useMemo, useState, useSyncExternalStore } from 'react'
import { type AnyVariables, type Client, type CombinedError, type DocumentInput, useClient } from 'urql'

import { Revision } from './live'

type Connection<Node> = {
  totalCount: number | null
  nodes: readonly Node[]
  pageInfo: { hasNextPage: boolean; endCursor: string | null }
}

/** A list whose latest entries are its last, as it is shown: from the end on. */
export function backward<Node>(
  connection:
    | {
        totalCount: number | null
        nodes: readonly Node[]
        pageInfo: { hasPreviousPage: boolean; startCursor: string | null }
      }
    | null
    | undefined,
): Connection<Node> | null {
  if (!connection) return null
  const { totalCount, nodes, pageInfo } = connection
  return {
    totalCount,
    nodes: [...nodes].reverse(),
    pageInfo: { hasNextPage: pageInfo.hasPreviousPage, endCursor: pageInfo.startCursor },
  }
}

/** What an answer says of one page: the page, none that may be seen, or that it did not come. */
type Answer<Node, Data> = { page: Connection<Node> | null; data: Data | null; error: CombinedError | null }

type Page<Node> = { nodes: readonly Node[]; endCursor: string | null; hasNext: boolean; seen: number }

export type Shown<Node, Data = unknown> = {
  nodes: readonly Node[]
  totalCount: number | null
  hasNext: boolean
  /** Whether rows are on their way that are not there yet; what is only looked at again is not told. */
  isLoading: boolean
  /** Whether the first page has come. */
  isThere: boolean
  /** What came with the latest page, for what is beside the list. */
  data: Data | null
  /** Why a page did not come. */
  error: CombinedError | null
}

/** A list as `usePages` gives it: what a table of any kind needs. */
export type PagesInSight<Node> = Shown<Node> & {
  key: string
  more: () => void
  again: () => void
  place: { top: number; onScroll: (top: number, from: number, to: number) => void }
}

/** How many entries pages have: the most that the server gives at once. */
export const PAGE = 100

/** A long list, page by page. Each page is kept by itself, so that the hundredth costs what the first did. */
export class Pages<Node extends { id: string }, Data = unknown> {
  private pages: Page<Node>[] = []
  /** What is on its way, by place, and for which version of the list. */
  private readonly asked = new Map<number, number>()
  private readonly listeners = new Set<() => void>()
  private shown: Shown<Node, Data> = {
    nodes: [],
    totalCount: null,
    hasNext: false,
    isLoading: true,
    isThere: false,
    data: null,
    error: null,
  }
  private place = 0
  private doubts = 0

  constructor(private readonly fetch: (cursor: string | null) => Promise<Answer<Node, Data>>) {}

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

  /** What is there may be old: every page is to be looked at again. */
  doubt() {
    this.doubts += 1
  }

  /** Ask for a page that is not there, or that something may have happened to since it was seen. */
  look(wanted: number, revision: number): Promise<void> {
    return this.ask(wanted, revision + this.doubts)
  }

  /** The page below those that are there. */
  more(revision: number): Promise<void> {
    return this.look(this.pages.length, revision)
  }

  private async ask(wanted: number, version: number): Promise<void> {
    const place = Math.min(wanted, this.pages.length)
    const [above, before] = [this.pages[place - 1], this.pages[place]]
    const isWanted = place === 0 || above?.hasNext
    if (!isWanted || (before && before.seen >= version)) return
    const onItsWay = this.asked.get(place)
    this.asked.set(place, Math.max(version, onItsWay ?? version))
    if (onItsWay !== undefined) return // what happened meanwhile is looked at when that has come
    this.tell({ isLoading: this.isShort() })
    const { page, data, error } = await this.fetch(above?.endCursor ?? null)
    const latest = this.asked.get(place) ?? version
    this.asked.delete(place)
    if (page && place <= this.pages.length) this.put(place, page, version)
    this.tell({ isLoading: this.isShort(), error: page ? null : error, data: data ?? this.shown.data })
    if (latest > version) await this.ask(place, latest)
  }

  /** Whether rows are on their way that are not there yet. */
  private isShort(): boolean {
    return [...this.asked.keys()].some((place) => !this.pages[place])
  }

  private put(place: number, { nodes, pageInfo, totalCount }: Connection<Node>, version: number) {
    const before = this.pages[place]
    const below = this.pages[place + 1]
    this.pages[place] = { nodes, endCursor: pageInfo.endCursor, hasNext: pageInfo.hasNextPage, seen: version }
    if (!pageInfo.hasNextPage) this.pages.length = place + 1
    else if (below && before?.endCursor !== pageInfo.endCursor) below.seen = -1 // it begins elsewhere now
    const byId = new Map(this.pages.flatMap((page) => page.nodes).map((node) => [node.id, node]))
    const hasNext = this.pages[this.pages.length - 1]?.hasNext ?? false
    this.shown = { ...this.shown, nodes: [...byId.values()], totalCount, hasNext, isThere: true }
  }

  private tell(change: Partial<Shown<Node, Data>>) {
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
  variables: Omit<Variables, 'after' | 'before'>,
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
          new Pages<Node, Data>(async (cursor) => {
            // by whichever name the document has: the other is not sent
            const asked = { ...variables, after: cursor, before: cursor } as unknown as Variables
            const { data, error } = await client.query(document, asked, { requestPolicy: 'network-only' }).toPromise()
            return { page: (data && read(data)) ?? null, data: data ?? null, error: error ?? null }
          }),
      ),
    // eslint-disable-next-line react-hooks/exhaustive-deps -- the key says all that the variables do
    [client, key],
  )
  const shown = useSyncExternalStore(pages.subscribe, pages.get)
  const [last, setLast] = useState(shown)
  if (shown.isThere && shown !== last) setLast(shown)
  const { again, seeing } = useLooks(pages, revision)
  const { hasNext } = shown
  const more = useCallback(() => {
    if (hasNext) void pages.more(revision)
  }, [pages, hasNext, revision])
  return {
    ...(shown.isThere || shown.error ? shown : { ...last, isLoading: true }),
    /** Which list it is: rows of another filter are another table. */
    key,
    more,
    again,
    /** What a table needs to find its place again, and to say which rows are in sight. */
    place: {
      top: pages.top,
      onScroll: (top: number, from: number, to: number) => {
        pages.leaveAt(top)
        seeing(Math.floor(from / PAGE), Math.floor(to / PAGE))
      },
    },
  }
}

/** Looks at the pages in sight when somebody comes, and again when something happened; at all where nobody says which. */
function useLooks<Node extends { id: string }, Data>(pages: Pages<Node, Data>, revision: number) {
  const [inSight, setInSight] = useState<{ pages: unknown; first: number; end: number } | null>(null)
  const [tries, setTries] = useState(0)
  const isTold = inSight !== null && inSight.pages === pages
  const [first, end] = isTold ? [inSight.first, inSight.end] : [0, Infinity]
  useEffect(() => {
    pages.doubt() // what somebody left may be old when they come back, and whoever tries again does not trust it
  }, [pages, tries])
  useEffect(() => {
    let isOver = false
    const look = async () => {
      for (let place = first; place === 0 || (place <= end && place < pages.length && !isOver); place += 1) {
        await pages.look(place, revision)
      }
    }
    void look()
    return () => {
      isOver = true
    }
  }, [pages, first, end, revision, tries])
  return {
    again: () => {
      setTries((before) => before + 1)
    },
    seeing: (from: number, to: number) => {
      if (from !== first || to !== end) setInSight({ pages, first: from, end: to })
    },
  }
}
