// Apollo Client 4 pages through members by its cache, and meets what goes wrong.
import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";

import { ApolloClient, CombinedGraphQLErrors, gql, HttpLink, InMemoryCache } from "@apollo/client/core";
import { relayStylePagination } from "@apollo/client/utilities";
import { filter, firstValueFrom } from "rxjs";

import { walk } from "./paging.js";

const { url, token, organization, taken } = JSON.parse(process.argv[2]);
const document = (name) => gql(readFileSync(new URL(`clients/${name}.graphql`, import.meta.url), "utf8"));
const members = document("members");

const connect = (bearer = token) =>
  new ApolloClient({
    link: new HttpLink({ uri: `${url}/graphql`, headers: { authorization: `Bearer ${bearer}` } }),
    cache: new InMemoryCache({
      typePolicies: { Organization: { fields: { members: relayStylePagination(["filter", "orderBy"]) } } },
    }),
  });

// The cache merges the pages; what it then holds is what an app shows.
async function newPage() {
  const client = connect();
  let watched;
  let shown = 0;
  return async (variables) => {
    const asked = { id: organization, ...variables };
    if (watched) {
      await watched.fetchMore({ variables: asked });
    } else {
      watched = client.watchQuery({ query: members, variables: asked });
      await firstValueFrom(watched.pipe(filter(({ loading }) => !loading)));
      watched.subscribe({});
    }
    const { edges, pageInfo } = client.readQuery({ query: members, variables: asked }).organization.members;
    const fresh = edges.length - shown;
    shown = edges.length;
    return { edges: variables.last ? edges.slice(0, fresh) : edges.slice(edges.length - fresh), pageInfo };
  };
}

const invite = document("invite");
const client = connect();
const input = (email, name) => ({ organizationId: organization, members: [{ email, name, active: true }] });

async function inviteOne(name) {
  const variables = { input: input(`${randomUUID()}@example.com`, name) };
  const { data } = await client.mutate({ mutation: invite, variables });
  return data.memberInvite.members[0].id;
}

// The codes of the errors of a query that must have some; whatever the client takes for no answer of GraphQL is thrown.
async function codes(query, variables = {}, by = client) {
  try {
    await by.query({ query, variables, fetchPolicy: "no-cache" });
  } catch (error) {
    if (!CombinedGraphQLErrors.is(error)) throw error;
    return error.errors.map(({ extensions }) => extensions.code);
  }
  return [];
}

const { data } = await client.mutate({ mutation: invite, variables: { input: input(taken, "Twice") } });
console.log(
  JSON.stringify({
    ...(await walk(newPage, inviteOne)),
    userError: data.memberInvite,
    codes: {
      badCursor: await codes(members, { id: organization, first: 7, after: "junk" }),
      badDocument: await codes(gql("query Unknown { nothingOfOurs }")),
      badVariables: await codes(members, { id: organization, first: "seven" }),
      stranger: await codes(gql("query Who { viewer { kind } }"), {}, connect("sm_nobody")),
    },
  }),
);
