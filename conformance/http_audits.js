// The audits of graphql-http, which the draft of GraphQL over HTTP names as its tests.
import { serverAudits } from "graphql-http";

const { url, token } = JSON.parse(process.argv[2]);

const fetchFn = (address, { headers, ...options } = {}) =>
  fetch(address, { ...options, headers: { ...headers, authorization: `Bearer ${token}` } });

const results = [];
for (const audit of serverAudits({ url: `${url}/graphql`, fetchFn })) {
  const { id, name, status, reason } = await audit.fn();
  results.push({ id, name, status, reason });
}
console.log(JSON.stringify(results));
