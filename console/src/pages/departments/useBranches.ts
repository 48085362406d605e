import { useContext, useEffect, useMemo, useRef, useState } from 'react'
import { type Client, type CombinedError, useClient } from 'urql'

import { Revision } from '../../graphql/live'
import { useOrganization } from '../../shell/OrganizationShell'
import {
  DepartmentChildrenDocument,
  type DepartmentChildrenQueryVariables,
  type DepartmentNodeFragment,
} from './departments.generated'

export type Branch = { nodes: readonly DepartmentNodeFragment[]; hasMore: boolean }

/** The top of the tree among the branches. */
export const TOP = ''

/** So many pages of what is right below a department. */
async function readBranch(
  client: Client,
  slug: string,
  parent: string,
  pages: number,
): Promise<Branch | { error: CombinedError | null }> {
  const branch: { nodes: DepartmentNodeFragment[]; hasMore: boolean } = { nodes: [], hasMore: true }
  let after: string | null = null
  for (let page = 0; branch.hasMore && page < pages; page += 1) {
    const variables: DepartmentChildrenQueryVariables = { slug, parentId: parent === TOP ? null : parent, after }
    const { data, error } = await client
      .query(DepartmentChildrenDocument, variables, { requestPolicy: 'network-only' })
      .toPromise()
    const found = data?.organization?.departments
    if (!found) return { error: error ?? null }
    branch.nodes.push(...found.nodes)
    branch.hasMore = found.pageInfo.hasNextPage
    after = found.pageInfo.endCursor
  }
  return branch
}

/** What is right below each opened department; asked for as it is opened, and again when something happened. */
export function useBranches(open: readonly string[]) {
  const client = useClient()
  const { slug } = useOrganization()
  const revision = useContext(Revision)
  const [branches, setBranches] = useState<ReadonlyMap<string, Branch>>(new Map())
  const [error, setError] = useState<CombinedError | null>(null)
  const [pages, setPages] = useState<ReadonlyMap<string, number>>(new Map())
  const asked = useRef(new Map<string, string>())
  const wanted = useMemo(() => [TOP, ...open], [open])
  useEffect(() => {
    const load = async (parent: string) => {
      const found = await readBranch(client, slug, parent, pages.get(parent) ?? 1)
      if ('nodes' in found) setBranches((before) => new Map(before).set(parent, found))
      setError('nodes' in found ? null : found.error)
    }
    for (const parent of wanted) {
      const version = `${String(revision)} ${String(pages.get(parent) ?? 1)}`
      if (asked.current.get(parent) === version) continue
      asked.current.set(parent, version)
      void load(parent)
    }
  }, [client, slug, revision, wanted, pages])
  const more = (parent: string) => {
    setPages((before) => new Map(before).set(parent, (before.get(parent) ?? 1) + 1))
  }
  return { branches, error, more }
}
