// What graphql-inspector finds changed from one schema to another.
import { readFileSync } from "node:fs";

import { diff } from "@graphql-inspector/core";
import { buildSchema } from "graphql";

const { before, after } = JSON.parse(process.argv[2]);
const schema = (path) => buildSchema(readFileSync(path, "utf8"));

const changes = await diff(schema(before), schema(after));
console.log(JSON.stringify(changes.map(({ criticality, message, path }) => ({ level: criticality.level, message, path }))));
