// Reads the PMTiles archive named on the command line with npm's pmtiles and
// prints {header, metadata, tiles}: for every [z, x, y] of the JSON list on
// standard input its id and its contents in base64, or null where it has none.
import { open } from "node:fs/promises";
import { readFileSync } from "node:fs";
import { PMTiles, zxyToTileId } from "pmtiles";

const file = await open(process.argv[2]);
const source = {
  getKey: () => "archive",
  getBytes: async (offset, length) => {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, offset);
    return { data: buffer.buffer.slice(buffer.byteOffset, buffer.byteOffset + bytesRead) };
  },
};
const archive = new PMTiles(source);
const tiles = [];
for (const [z, x, y] of JSON.parse(readFileSync(0, "utf8"))) {
  const tile = await archive.getZxy(z, x, y);
  tiles.push({ id: zxyToTileId(z, x, y), data: tile ? Buffer.from(tile.data).toString("base64") : null });
}
const out = { header: await archive.getHeader(), metadata: await archive.getMetadata(), tiles };
process.stdout.write(JSON.stringify(out));
await file.close();
