// Decodes every tile in the folder named on the command line with
// @mapbox/vector-tile and prints, for each file name, what each layer holds:
// {layer: {features, ids, count, value, points, area}}. count and value are
// sums, points is the number of positions, area the sum of twice the signed
// areas of all rings.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { VectorTile } from "@mapbox/vector-tile";
import { PbfReader } from "pbf";

const folder = process.argv[2];
const out = {};
for (const name of readdirSync(folder)) {
  const tile = new VectorTile(new PbfReader(readFileSync(join(folder, name))));
  const layers = {};
  for (const [layerName, layer] of Object.entries(tile.layers)) {
    const sum = { features: layer.length, ids: 0, count: 0, value: 0, points: 0, area: 0 };
    const ids = new Set();
    for (let i = 0; i < layer.length; i++) {
      const feature = layer.feature(i);
      ids.add(feature.properties.id);
      sum.count += feature.properties.count;
      sum.value += feature.properties.value ?? 0;
      for (const ring of feature.loadGeometry()) {
        sum.points += ring.length;
        for (let j = 0; j + 1 < ring.length; j++) {
          sum.area += ring[j].x * ring[j + 1].y - ring[j + 1].x * ring[j].y;
        }
      }
    }
    sum.ids = ids.size;
    layers[layerName] = sum;
  }
  out[name] = layers;
}
process.stdout.write(JSON.stringify(out));
