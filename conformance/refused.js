// What graphql-sse tells of a subscription that cannot be executed, with the retries it has by itself.
import { createClient } from "graphql-sse";

const { url, token, query } = JSON.parse(process.argv[2]);
let requests = 0;
const client = createClient({
  url: `${url}/graphql`,
  headers: { authorization: `Bearer ${token}` },
  fetchFn: (...given) => {
    requests += 1;
    return fetch(...given);
  },
});
const told = [];
await new Promise((resolve, reject) => {
  client.subscribe({ query }, { next: (result) => told.push(result), error: reject, complete: resolve });
});
console.log(JSON.stringify({ told, requests }));
process.exit(0);
