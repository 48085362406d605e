// Walks through a connection to its end, in either direction, by a client's own way to get a page.

// `page` gets variables and answers a connection. Gives the ids in the order of the list.
export async function forward(page, first, between = async () => {}) {
  const ids = [];
  for (let after = null, number = 0; ; number += 1) {
    const { edges, pageInfo } = await page({ first, after });
    ids.push(...edges.map(({ node }) => node.id));
    if (!pageInfo.hasNextPage) return ids;
    if (!edges.length) throw new Error(`nothing after ${after}`);
    after = pageInfo.endCursor;
    await between(number, edges.at(-1).node);
  }
}

export async function backward(page, last, between = async () => {}) {
  const ids = [];
  for (let before = null, number = 0; ; number += 1) {
    const { edges, pageInfo } = await page({ last, before });
    ids.unshift(...edges.map(({ node }) => node.id));
    if (!pageInfo.hasPreviousPage) return ids;
    if (!edges.length) throw new Error(`nothing before ${before}`);
    before = pageInfo.startCursor;
    await between(number, edges[0].node);
  }
}

// Everything that a client is asked here. `newPage` answers a way to get pages that has seen none yet; `invite` adds a
// person and gives their id.
export async function walk(newPage, invite) {
  const still = {};
  for (const size of [7, 100]) {
    still[`forward by ${size}`] = await forward(await newPage(), size);
    still[`backward by ${size}`] = await backward(await newPage(), size);
  }
  // The beginning of a name sorts before it, and a name with something after it behind it.
  const smaller = (name) => name.slice(0, -1).trim();
  const larger = (name) => `${name} a`;
  return {
    still,
    moving: {
      forward: await walkWhilePeopleCome(forward, newPage, invite, smaller, larger),
      backward: await walkWhilePeopleCome(backward, newPage, invite, larger, smaller),
    },
  };
}

// At every third page somebody is put just behind the place that was reached, and somebody just ahead of it.
async function walkWhilePeopleCome(direction, newPage, invite, behind, ahead) {
  const come = { behind: [], ahead: [] };
  const ids = await direction(await newPage(), 20, async (number, { name }) => {
    if (number % 3) return;
    come.behind.push(await invite(behind(name)));
    come.ahead.push(await invite(ahead(name)));
  });
  return { ids, ...come };
}
