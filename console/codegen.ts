import type { CodegenConfig } from '@graphql-codegen/cli'
import type { Types } from '@graphql-codegen/plugin-helpers'
import { type NearOperationFileConfig, preset } from '@graphql-codegen/near-operation-file-preset'
import { Kind, visit } from 'graphql'

const TYPENAME = { kind: Kind.FIELD, name: { kind: Kind.NAME, value: '__typename' } } as const

/** Every object is asked what it is, as the types promise: unions are told apart by it. */
const askTypenames = (documents: Types.DocumentFile[]): Types.DocumentFile[] =>
  documents.map((file) => ({
    ...file,
    document:
      file.document &&
      visit(file.document, {
        SelectionSet: (node, _key, parent) =>
          parent && 'kind' in parent && parent.kind === Kind.OPERATION_DEFINITION
            ? undefined
            : { ...node, selections: [TYPENAME, ...node.selections] },
      }),
  }))

/** Asks before fragments are looked for: the preset copies those of other files, and no document transform sees them. */
const besideOperations: Types.OutputPreset<NearOperationFileConfig> = {
  ...preset,
  buildGeneratesSection: (options) =>
    preset.buildGeneratesSection({ ...options, documents: askTypenames(options.documents) }),
}

/** Types come out of the public schema alone: an operation that it does not have stops the build. */
const config: CodegenConfig = {
  schema: '../schema.graphql',
  documents: ['src/**/*.graphql', 'tests/**/*.graphql'],
  config: {
    enumsAsTypes: true,
    useTypeImports: true,
    skipTypename: false,
    nonOptionalTypename: true,
    avoidOptionals: { field: true, inputValue: false },
    dedupeFragments: true,
    strictScalars: true,
    scalars: {
      Date: 'string',
      DateTime: 'string',
      Decimal: 'string',
      Email: 'string',
      JSON: 'unknown',
      Month: 'string',
      TimeZone: 'string',
    },
  },
  generates: {
    'src/graphql/generated/schema.ts': { plugins: ['typescript'] },
    'src/graphql/generated/possibleTypes.ts': {
      plugins: ['fragment-matcher'],
      config: { useExplicitTyping: true },
    },
    'src/graphql/generated/keyless.ts': { plugins: ['./codegen/keyless.cjs'] },
    'src/': {
      preset: besideOperations,
      presetConfig: { extension: '.generated.ts', baseTypesPath: 'graphql/generated/schema.ts' },
      plugins: ['typescript-operations', 'typed-document-node'],
    },
  },
}

export default config
