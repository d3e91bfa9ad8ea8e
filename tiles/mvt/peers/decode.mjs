// Decodes the tile on standard input with @mapbox/vector-tile and prints it as
// JSON: {layer: {extent, version, features: [{id, type, properties, rings}]}}.
import { readFileSync } from "node:fs";
import { VectorTile } from "@mapbox/vector-tile";
import { PbfReader } from "pbf";

const tile = new VectorTile(new PbfReader(readFileSync(0)));
const out = {};
for (const [name, layer] of Object.entries(tile.layers)) {
  const features = [];
  for (let i = 0; i < layer.length; i++) {
    const f = layer.feature(i);
    features.push({
      id: f.id,
      type: f.type,
      properties: f.properties,
      rings: f.loadGeometry().map((ring) => ring.map((p) => [p.x, p.y])),
    });
  }
  out[name] = { extent: layer.extent, version: layer.version, features };
}
process.stdout.write(JSON.stringify(out));
