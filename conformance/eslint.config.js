// @graphql-eslint on our schema, and on operations as clients send them. Whatever is not as recommended says why.
// Run from the top of the project, after relay-compiler.
import graphql from "@graphql-eslint/eslint-plugin";

const operations = ["conformance/clients/*.graphql", "conformance/relay/__generated__/*.graphql", "clients/python/operations/*.graphql"];
const language = {
  languageOptions: {
    parser: graphql.parser,
    parserOptions: { graphQLConfig: { schema: "schema.graphql", documents: operations } },
  },
  plugins: { "@graphql-eslint": graphql },
};

export default [
  {
    ...language,
    files: ["schema.graphql"],
    rules: {
      ...graphql.configs["flat/schema-recommended"].rules,
      ...graphql.configs["flat/schema-relay"].rules,
      // Not among those recommended, and held all the same.
      "@graphql-eslint/input-name": ["error", { checkInputType: true, caseSensitiveInputType: false }],
      "@graphql-eslint/no-scalar-result-type-on-mutation": "error",
      "@graphql-eslint/require-nullable-fields-with-oneof": "error",
      // Values (money, a page's place, what a mutation answers) have no identity; whatever has one implements Node.
      "@graphql-eslint/strict-id-in-types": "off",
      // Lists that cannot be long (an invoice's lines, a member's teams) are no connections; what is derived at every
      // read (a merged span, someone waiting) has an edge and a cursor, and nothing by which it could be fetched again.
      "@graphql-eslint/relay-edge-types": [
        "error",
        { withEdgeSuffix: true, shouldImplementNode: false, listTypeCanWrapOnlyEdgeType: false },
      ],
    },
  },
  { ...language, files: operations, rules: graphql.configs["flat/operations-recommended"].rules },
  {
    files: ["conformance/relay/__generated__/*.graphql", "clients/python/operations/*.graphql"],
    rules: {
      // Relay says what its operations and fragments are called, after the module they are in.
      "@graphql-eslint/naming-convention": "off",
      // Relay's compiler writes a fragment out in each of its operations.
      "@graphql-eslint/unique-fragment-name": "off",
    },
  },
];
