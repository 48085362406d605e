import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'

import { type DocumentNode, Kind, type SelectionSetNode, visit } from 'graphql'

const SOURCES = join(import.meta.dirname, '..')

const files = readdirSync(SOURCES, { recursive: true, encoding: 'utf8' }).filter((one) => one.endsWith('.generated.ts'))

const asksTypename = (set: SelectionSetNode) =>
  set.selections.some((one) => one.kind === Kind.FIELD && one.name.value === '__typename' && !one.alias)

/** Where a document asks for an object and not for what it is: `Waiting.organization.waiting`. */
function unasked(document: DocumentNode): string[] {
  const found: string[] = []
  const path: string[] = []
  visit(document, {
    enter: (node) => {
      if (!('selectionSet' in node)) return
      path.push((node.kind === Kind.INLINE_FRAGMENT ? node.typeCondition : node)?.name?.value ?? '')
      if (node.kind === Kind.OPERATION_DEFINITION || !node.selectionSet) return
      if (!asksTypename(node.selectionSet)) found.push(path.join('.'))
    },
    leave: (node) => {
      if ('selectionSet' in node) path.pop()
    },
  })
  return found
}

for (const file of files) {
  test(`Documents of ${file} ask every object what it is, also in fragments of other files.`, async () => {
    const exported = (await import(join(SOURCES, file))) as Record<string, DocumentNode>
    const documents = Object.entries(exported).filter(([name]) => name.endsWith('Doc') || name.endsWith('Document'))
    assert.notEqual(documents.length, 0)
    for (const [name, document] of documents) assert.deepEqual(unasked(document), [], name)
  })
}
