import type { CodegenConfig } from '@graphql-codegen/cli'

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
      preset: 'near-operation-file',
      presetConfig: { extension: '.generated.ts', baseTypesPath: 'graphql/generated/schema.ts' },
      plugins: ['typescript-operations', 'typed-document-node'],
    },
  },
}

export default config
