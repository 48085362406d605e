// Live updates over graphql-transport-ws (graphql-ws under Apollo Client) and strict SSE (urql's own, and graphql-sse).
import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";

import { ApolloClient, gql as parse, HttpLink, InMemoryCache } from "@apollo/client/core";
import { GraphQLWsLink } from "@apollo/client/link/subscriptions";
import { Client, fetchExchange, gql } from "@urql/core";
import { createClient as createSseClient } from "graphql-sse";
import { createClient as createWsClient } from "graphql-ws";
import WebSocket from "ws";

globalThis.WebSocket = WebSocket; // which Node 20 does not have, and Apollo's link looks for

// urql aborts its fetch when it is unsubscribed from, and lets the rejection of what it was about to read go by itself.
process.on("unhandledRejection", (reason) => {
  if (reason?.name !== "AbortError") throw reason;
});

const { url, token, organization, by } = JSON.parse(process.argv[2]);
const endpoint = `${url}/graphql`;
const headers = { authorization: `Bearer ${token}` };
const events = `subscription OrganizationEvents($organizationId: ID!, $after: Int) {
  organizationEvents(organizationId: $organizationId, after: $after) { __typename sequence }
}`;

// Each takes variables and a function to call with every result, and answers a function that ends it.
const ways = {
  "apollo over graphql-transport-ws"() {
    const socket = createWsClient({
      url: endpoint.replace("http", "ws"),
      webSocketImpl: WebSocket,
      connectionParams: { authorization: headers.authorization },
      retryAttempts: 0,
    });
    const client = new ApolloClient({ link: new GraphQLWsLink(socket), cache: new InMemoryCache() });
    return (variables, next, error) => {
      const subscription = client.subscribe({ query: parse(events), variables }).subscribe({ next, error });
      return async () => {
        subscription.unsubscribe();
        await socket.dispose();
      };
    };
  },
  "urql over SSE"() {
    const client = new Client({
      url: endpoint,
      exchanges: [fetchExchange],
      fetchOptions: { headers },
      fetchSubscriptions: true,
    });
    return (variables, next, error) => {
      const subscription = client
        .subscription(gql(events), variables)
        .subscribe((result) => (result.error ? error(result.error) : next(result)));
      return async () => subscription.unsubscribe();
    };
  },
  "graphql-sse"() {
    const client = createSseClient({ url: endpoint, headers, retryAttempts: 0 });
    return (variables, next, error) => client.subscribe({ query: events, variables }, { next, error, complete() {} });
  },
};

const client = new ApolloClient({ link: new HttpLink({ uri: endpoint, headers }), cache: new InMemoryCache() });
const invite = parse(readFileSync(new URL("clients/invite.graphql", import.meta.url), "utf8"));
const change = () =>
  client.mutate({
    mutation: invite,
    variables: {
      input: { organizationId: organization, members: [{ email: `${randomUUID()}@example.com`, name: "Live", active: true }] },
    },
  });

// The sequence numbers of the first `count` events after one; `meanwhile` runs once the subscription is asked for.
async function sequences(count, after, meanwhile = async () => {}) {
  const found = [];
  const subscribe = ways[by]();
  let end = async () => {};
  await new Promise((resolve, reject) => {
    end = subscribe(
      { organizationId: organization, after },
      ({ data, errors }) => {
        if (errors) return reject(new Error(JSON.stringify(errors)));
        found.push(data.organizationEvents.sequence);
        if (found.length === count) resolve();
      },
      reject,
    );
    meanwhile().catch(reject);
  });
  await end();
  return found;
}

// What is there already, from the start; then what comes while one listens, and the same again from where that began.
const past = await sequences(3, 0);
const live = await sequences(2, null, async () => {
  await new Promise((resolve) => setTimeout(resolve, 2000)); // `after` null hears only what comes once it listens
  await change();
  await change();
});
const again = await sequences(live.length, live[0] - 1);
console.log(JSON.stringify({ past, live, again }));
process.exit(0);
