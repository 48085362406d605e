import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'

import {
  buildASTSchema,
  type DocumentNode,
  execute,
  type ExecutionResult,
  type GraphQLFieldResolver,
  GraphQLError,
  type GraphQLOutputType,
  isAbstractType,
  isEnumType,
  isListType,
  isNonNullType,
  isObjectType,
  Kind,
  OperationTypeNode,
  parse,
  visit,
} from 'graphql'
import { Client, fetchExchange } from 'urql'

import { cache } from './cache'
import { keepDenied } from './denied'

const SOURCES = join(import.meta.dirname, '..')
const read = (path: string) => readFileSync(join(SOURCES, '../..', path), 'utf8')

/** The public schema without arguments: what is asked for is all that matters here. */
const schema = buildASTSchema(
  visit(parse(read('schema.graphql')), { FieldDefinition: (node) => ({ ...node, arguments: [] }) }),
)

/** The fields that somebody may not see, as the API has them: `Member.email`. */
const DENIABLE = [...read('app/graphql/reads.py').matchAll(/^ {4}"(\w+\.\w+)": +\(Read/gm)].map((one) => one[1] ?? '')

/** Answers anything: objects of their own, two in each list, of unions whatever is asked for, one type after another. */
function answerer(
  document: DocumentNode,
  isDenied: (field: string) => boolean,
): GraphQLFieldResolver<unknown, unknown> {
  const asked = new Set<string>()
  const note = (node: { typeCondition?: { name: { value: string } } }) => {
    if (node.typeCondition) asked.add(node.typeCondition.name.value)
  }
  visit(document, { InlineFragment: note, FragmentDefinition: note })
  let count = 0
  const make = (type: GraphQLOutputType): unknown => {
    if (isNonNullType(type)) return make(type.ofType)
    if (isListType(type)) return [make(type.ofType), make(type.ofType)]
    count += 1
    if (isObjectType(type)) return { __typename: type.name }
    if (isAbstractType(type)) {
      const possible = schema.getPossibleTypes(type)
      const wanted = possible.filter((one) => asked.has(one.name))
      return { __typename: (wanted[count % wanted.length] ?? possible[0])?.name }
    }
    if (isEnumType(type)) return type.getValues()[0]?.value
    if (type.name === 'Boolean') return true
    return ['Int', 'Float'].includes(type.name) ? count : `${type.name} ${String(count)}`
  }
  return (source, _args, _context, info) => {
    if (isDenied(`${info.parentType.name}.${info.fieldName}`)) {
      throw new GraphQLError('Not for you.', { extensions: { code: 'FORBIDDEN' } })
    }
    const object = (source ?? {}) as Record<string, unknown>
    return (object[info.fieldName] ??= make(info.returnType))
  }
}

/** What the API would say to a document as it is sent. */
const answer = (document: DocumentNode, isDenied: (field: string) => boolean) =>
  execute({
    schema,
    document: visit(document, { Directive: () => null, Argument: () => null, VariableDefinition: () => null }),
    fieldResolver: answerer(document, isDenied),
  }) as ExecutionResult

/** Asks as pages do, and then once more what was kept. */
async function ask(document: DocumentNode, isDenied: (field: string) => boolean) {
  let told: ExecutionResult = {}
  const client = new Client({
    url: 'http://console.example/graphql',
    preferGetMethod: false,
    fetch: (_url, init) => {
      told = answer(parse((JSON.parse(String(init?.body)) as { query: string }).query), isDenied)
      return Promise.resolve(new Response(JSON.stringify(told), { headers: { 'Content-Type': 'application/json' } }))
    },
    exchanges: [cache({ logger: () => undefined }), keepDenied, fetchExchange],
  })
  const shown = await client.query(document, TRUE, { requestPolicy: 'network-only' }).toPromise()
  const kept = client.readQuery(document, TRUE)
  return { told: JSON.parse(JSON.stringify(told)) as ExecutionResult, shown, kept }
}

/** Every flag that documents have: with them, all is asked for. */
const TRUE = Object.fromEntries(['withEmail', 'manages', 'seats', 'inForce'].map((flag) => [flag, true]))

async function queries(): Promise<[string, DocumentNode][]> {
  const files = readdirSync(SOURCES, { recursive: true, encoding: 'utf8' }).filter((one) =>
    one.endsWith('.generated.ts'),
  )
  const modules = await Promise.all(
    files.map((file) => import(join(SOURCES, file)) as Promise<Record<string, unknown>>),
  )
  return modules
    .flatMap((module) => Object.entries(module) as [string, DocumentNode][])
    .filter(([, document]) =>
      document.definitions.some(
        (one) => one.kind === Kind.OPERATION_DEFINITION && one.operation === OperationTypeNode.QUERY,
      ),
    )
}

for (const [name, document] of await queries()) {
  const met = new Set<string>()
  answer(document, (field) => {
    met.add(field)
    return false
  })
  for (const denied of DENIABLE.filter((field) => met.has(field))) {
    test(`${name} shows and keeps the rest where ${denied} is denied`, async () => {
      const { told, shown, kept } = await ask(document, (field) => field === denied)
      assert.notEqual(told.errors?.length ?? 0, 0)
      assert.deepEqual(shown.data, told.data)
      assert.deepEqual(kept?.data ?? null, told.data)
      assert.ok(shown.error?.graphQLErrors.every((one) => one.extensions.code === 'FORBIDDEN'))
    })
  }
}

test('The fields that can be denied are read out of the API', () => {
  assert.ok(DENIABLE.length > 35, String(DENIABLE.length))
  assert.ok(DENIABLE.includes('Member.email'))
})
