// Writes packages/sandbox/data/kubernetes-1.36.3/table-columns.json.gz: the columns in which a real API server answers
// `kubectl get` for each built-in resource. Run: node scripts/record-kube-columns.mjs https://127.0.0.1:PORT TOKEN
import { writeFileSync } from "node:fs"
import { gzipSync } from "node:zlib"
import { Agent, fetch } from "undici"

const [server, token] = process.argv.slice(2)
if (token === undefined) {
  console.error("usage: record-kube-columns.mjs SERVER TOKEN")
  process.exit(2)
}
const dispatcher = new Agent({ connect: { rejectUnauthorized: false } })
const get = async (path, accept = "application/json") => {
  const response = await fetch(server + path, { dispatcher, headers: { authorization: `Bearer ${token}`, accept } })
  return { status: response.status, body: await response.json() }
}
const { body } = await get("/apis")
const groups = ["/api/v1", ...body.groups.flatMap((group) => group.versions.map((v) => `/apis/${v.groupVersion}`))]
const tables = {}
for (const path of groups) {
  const { resources } = (await get(path)).body
  for (const { name, verbs } of resources) {
    if (!verbs.includes("list")) continue
    const { status, body: table } = await get(`${path}/${name}`, "application/json;as=Table;g=meta.k8s.io;v=v1")
    if (status === 200) tables[`${path.replace(/^\/apis?\//, "")}/${name}`] = table.columnDefinitions
  }
}
await dispatcher.close()
// Most resources share a set of columns with others: each is written once.
const sets = [...new Set(Object.values(tables).map((columns) => JSON.stringify(columns)))]
const resources = Object.fromEntries(
  Object.entries(tables).map(([name, columns]) => [name, sets.indexOf(JSON.stringify(columns))]),
)
const file = new URL("../packages/sandbox/data/kubernetes-1.36.3/table-columns.json.gz", import.meta.url)
writeFileSync(file, gzipSync(JSON.stringify({ resources, columns: sets.map((set) => JSON.parse(set)) }), { level: 9 }))
console.log(`${Object.keys(resources).length} resources, ${sets.length} sets of columns`)
