// @urql/core pages through members by cursors, and meets what goes wrong.
import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";

import { cacheExchange, Client, fetchExchange, gql } from "@urql/core";

import { walk } from "./paging.js";

const { url, token, organization, taken } = JSON.parse(process.argv[2]);
const document = (name) => gql(readFileSync(new URL(`clients/${name}.graphql`, import.meta.url), "utf8"));
const members = document("members");
const invite = document("invite");

const connect = (bearer = token) =>
  new Client({
    url: `${url}/graphql`,
    exchanges: [cacheExchange, fetchExchange],
    fetchOptions: { headers: { authorization: `Bearer ${bearer}` } },
  });

async function newPage() {
  const client = connect();
  return async (variables) => {
    const { data, error } = await client.query(members, { id: organization, ...variables }).toPromise();
    if (error) throw error;
    return data.organization.members;
  };
}

const client = connect();
const input = (email, name) => ({ organizationId: organization, members: [{ email, name, active: true }] });

async function inviteOne(name) {
  const { data, error } = await client.mutation(invite, { input: input(`${randomUUID()}@example.com`, name) }).toPromise();
  if (error) throw error;
  return data.memberInvite.members[0].id;
}

// The codes of the errors of a query that must have some; whatever the client takes for no answer of GraphQL is thrown.
async function codes(query, variables = {}, by = client) {
  const { error } = await by.query(query, variables, { requestPolicy: "network-only" }).toPromise();
  if (error?.networkError) throw error;
  return error ? error.graphQLErrors.map(({ extensions }) => extensions.code) : [];
}

const { data } = await client.mutation(invite, { input: input(taken, "Twice") }).toPromise();
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
