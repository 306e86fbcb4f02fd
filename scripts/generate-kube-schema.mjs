// Writes packages/sandbox/data/kubernetes-1.36.3/schemas.jsonl.gz: for each served built-in kind what decoding,
// server-side apply and strategic merge patch need to know of its fields. Field names, pointers, omitempty and Go type
// names come from the Go types (scripts/kube-schema, needs Go); list types, map types, merge keys and defaults from the
// OpenAPI documents of a real API server. Run: node scripts/generate-kube-schema.mjs
import { execFileSync } from "node:child_process"
import { readdirSync, readFileSync, writeFileSync } from "node:fs"
import { gunzipSync, gzipSync } from "node:zlib"

const data = new URL("../packages/sandbox/data/kubernetes-1.36.3/", import.meta.url)
const openapi = {}
const served = []
for (const file of readdirSync(new URL("openapi-v3/", data))) {
  const match = /^(?:api|apis_(.+))_(v[^_]+)\.json\.gz$/.exec(file)
  if (!match) continue
  served.push(match[1] ? `${match[1]}/${match[2]}` : match[2])
  const document = JSON.parse(gunzipSync(readFileSync(new URL(`openapi-v3/${file}`, data))).toString())
  Object.assign(openapi, document.components.schemas)
}
const go = JSON.parse(
  execFileSync("go", ["run", ".", ...served], {
    cwd: new URL("kube-schema/", import.meta.url),
    maxBuffer: 1 << 26,
  }).toString(),
)

/** `io.k8s.api.core.v1.Pod` → `core.v1.Pod`: shorter and still unique. */
const short = (name) => name.replace(/^io\.k8s\.(api|apimachinery\.pkg\.apis|[a-z-]+\.pkg\.apis)\./, "")

/** One field as words: its type, then `omitempty`, `omitzero`, `go=…`, `in=…`, `list=…`, `map=…`, `patch=…`, `default=…`. */
const field = ({ type, omit, go, in: embedded }, property) => {
  const words = [type.replace(/@(.+)$/, (_, name) => `@${short(name)}`), ...(omit ?? [])]
  if (go) words.push(`go=${go}`)
  if (embedded) words.push(`in=${embedded}`)
  const listType = property?.["x-kubernetes-list-type"]
  const keys = property?.["x-kubernetes-list-map-keys"]
  if (listType) words.push(`list=${keys ? `${listType}:${keys.join(",")}` : listType}`)
  if (property?.["x-kubernetes-map-type"]) words.push(`map=${property["x-kubernetes-map-type"]}`)
  const strategy = property?.["x-kubernetes-patch-strategy"]
  const mergeKey = property?.["x-kubernetes-patch-merge-key"]
  if (strategy) words.push(`patch=${mergeKey ? `${strategy}:${mergeKey}` : strategy}`)
  const value = property?.default
  if (value !== undefined && typeof value !== "object") words.push(`default=${JSON.stringify(value)}`)
  return words.join(" ")
}

const lines = [
  JSON.stringify(Object.fromEntries(Object.entries(go.kinds).map(([kind, type]) => [kind, short(type)]))),
  ...Object.entries(go.types)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, type]) => {
      const properties = openapi[name]?.properties ?? {}
      const fields = Object.fromEntries(type.fields.map((one) => [one.name, field(one, properties[one.name])]))
      const atomic = openapi[name]?.["x-kubernetes-map-type"] === "atomic"
      return `${short(name)}\t${JSON.stringify([type.go, atomic, fields])}`
    }),
]
const text = lines.join("\n")
writeFileSync(new URL("schemas.jsonl.gz", data), gzipSync(text, { level: 9 }))
console.log(`${Object.keys(go.kinds).length} kinds, ${lines.length - 1} types, ${text.length} characters`)
