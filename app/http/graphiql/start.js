// Ours: GraphiQL on this server's /graphql, with a place for the key.
"use strict";

// Subscriptions go over a WebSocket, by the graphql-ws that GraphiQL brings along; it begins with the headers' key.
const subscriptionUrl = new URL("/graphql", location.href.replace(/^http/, "ws")).href;
const fetcher = GraphiQL.createFetcher({ url: "/graphql", subscriptionUrl });
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
