import { useCallback, useContext, useEffect, useState } from 'react'
import { type CombinedError, useClient } from 'urql'

import { Revision } from '../../graphql/live'
import { Pages, type Shown } from '../../graphql/pages'
import { useOrganization } from '../../shell/OrganizationShell'
import {
  DepartmentChildrenDocument,
  type DepartmentChildrenQueryVariables,
  type DepartmentNodeFragment,
} from './departments.generated'

export type Branch = Shown<DepartmentNodeFragment>

/** The top of the tree among the branches. */
export const TOP = ''

/** What is right below each opened department; asked for as it is opened, and again when something happened. */
export function useBranches(open: readonly string[]) {
  const newPages = useNewPages()
  const revision = useContext(Revision)
  const [lists] = useState(() => new Map<string, Pages<DepartmentNodeFragment>>())
  const [branches, setBranches] = useState<ReadonlyMap<string, Branch>>(new Map())
  useEffect(() => {
    for (const parent of [TOP, ...open]) {
      const pages = lists.get(parent) ?? newPages(parent)
      if (!lists.has(parent)) {
        lists.set(parent, pages)
        pages.subscribe(() => {
          setBranches((before) => new Map(before).set(parent, pages.get()))
        })
      }
      void lookAtAll(pages, revision)
    }
  }, [newPages, lists, revision, open])
  const more = (parent: string) => {
    void lists.get(parent)?.more(revision)
  }
  const error = [...branches.values()].find(({ error }) => error && !isNoDepartment(error))?.error ?? null
  return { branches, error, more }
}

/** An address may be older than the tree: what it opens and is not there is left out. */
const isNoDepartment = ({ graphQLErrors }: CombinedError) =>
  graphQLErrors.length > 0 &&
  graphQLErrors.every((one) => one.extensions.code === 'NOT_FOUND' || one.extensions.code === 'INVALID_INPUT')

/** However many pages of a branch there are, all of them are in sight. */
async function lookAtAll(pages: Pages<DepartmentNodeFragment>, revision: number) {
  for (let place = 0; place === 0 || place < pages.length; place += 1) await pages.look(place, revision)
}

function useNewPages() {
  const client = useClient()
  const { slug } = useOrganization()
  return useCallback(
    (parent: string) =>
      new Pages<DepartmentNodeFragment>(async (after) => {
        const variables: DepartmentChildrenQueryVariables = { slug, parentId: parent === TOP ? null : parent, after }
        const { data, error } = await client
          .query(DepartmentChildrenDocument, variables, { requestPolicy: 'network-only' })
          .toPromise()
        return { page: data?.organization?.departments ?? null, data: data ?? null, error: error ?? null }
      }),
    [client, slug],
  )
}
