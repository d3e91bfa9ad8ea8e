// Reads {styles: {name: style}, tilejsons: {name: tilejson}} from standard
// input, validates the styles with @maplibre/maplibre-gl-style-spec and the
// TileJSON against the schema beside this file, and prints every fault:
// {name: [message, …]}. A document without a fault has an empty list.
import { readFileSync } from "node:fs";
import Ajv from "ajv";
import { validateStyleMin } from "@maplibre/maplibre-gl-style-spec";

const { styles, tilejsons } = JSON.parse(readFileSync(0, "utf8"));
const schema = JSON.parse(readFileSync(new URL("tilejson-3.0.0.schema.json", import.meta.url), "utf8"));
const valid = new Ajv({ allErrors: true, strict: true, allowUnionTypes: true, strictTuples: false }).compile(schema);

const out = {};
for (const [name, style] of Object.entries(styles)) {
  out[name] = validateStyleMin(style).map((fault) => fault.message);
}
for (const [name, document] of Object.entries(tilejsons)) {
  out[name] = valid(document) ? [] : valid.errors.map((fault) => `${fault.instancePath} ${fault.message}`);
}
process.stdout.write(JSON.stringify(out));
