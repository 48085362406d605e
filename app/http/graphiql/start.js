// Ours: GraphiQL on this server's /graphql, with a place for the key.
"use strict";

const fetcher = GraphiQL.createFetcher({ url: "/graphql" });
const welcome = `# Put your key into the headers below, then fetch the schema anew (the round arrow at the left).
{
  viewer {
    __typename
  }
}
`;

ReactDOM.createRoot(document.getElementById("graphiql")).render(
  React.createElement(GraphiQL, {
    fetcher,
    defaultQuery: welcome,
    defaultEditorToolsVisibility: "headers",
    defaultHeaders: JSON.stringify({ Authorization: "Bearer " }, null, 2),
    isHeadersEditorEnabled: true,
    shouldPersistHeaders: false,
  }),
);
