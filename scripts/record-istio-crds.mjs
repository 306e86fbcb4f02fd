// Writes packages/sandbox/data/istio-crds.json.gz from Istio's `crd-all.gen.yaml`: JSON, for reading half a megabyte of
// YAML takes longer than all the rest of a boot. Run: node scripts/record-istio-crds.mjs crd-all.gen.yaml[.gz]
import { readFileSync, writeFileSync } from "node:fs"
import { gunzipSync, gzipSync } from "node:zlib"
import { parseAllDocuments } from "yaml"

const [source] = process.argv.slice(2)
if (source === undefined) {
  console.error("usage: node scripts/record-istio-crds.mjs crd-all.gen.yaml[.gz]")
  process.exit(2)
}
const bytes = readFileSync(source)
const text = (source.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString("utf8")
const definitions = parseAllDocuments(text)
  .map((document) => document.toJS())
  .filter((object) => object !== null)
writeFileSync(
  new URL("../packages/sandbox/data/istio-crds.json.gz", import.meta.url),
  gzipSync(JSON.stringify(definitions), { level: 9 }),
)
console.log(`${definitions.length} definitions`)
