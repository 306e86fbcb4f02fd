// Writes two files below packages/sandbox/data/kubernetes-1.36.3: bootstrap.json.gz, the objects that a kube-apiserver
// makes by itself when it starts on an empty store (roles and bindings, priorities, API services), without what differs
// from run to run; and openapi-v2.pb.gz, its OpenAPI v2 document in the form in which kubectl asks for it.
// Run, against a server without a controller manager: node scripts/record-kube-bootstrap.mjs https://127.0.0.1:PORT TOKEN
import { writeFileSync } from "node:fs"
import { gzipSync } from "node:zlib"
import { Agent, fetch } from "undici"

const [server, token] = process.argv.slice(2)
if (token === undefined) {
  console.error("usage: record-kube-bootstrap.mjs SERVER TOKEN")
  process.exit(2)
}
const dispatcher = new Agent({ connect: { rejectUnauthorized: false } })
const folder = new URL("../packages/sandbox/data/kubernetes-1.36.3/", import.meta.url)
const get = async (path, accept) => {
  const response = await fetch(`${server}${path}`, {
    dispatcher,
    headers: { authorization: `Bearer ${token}`, accept },
  })
  if (!response.ok) throw new Error(`GET ${path} answered ${response.status}`)
  return response
}

const rbac = "apis/rbac.authorization.k8s.io/v1"
const collections = [
  ["api/v1", "namespaces", "Namespace", /^(default|kube-.*)$/],
  [rbac, "clusterroles", "ClusterRole"],
  [rbac, "clusterrolebindings", "ClusterRoleBinding"],
  [rbac, "roles", "Role"],
  [rbac, "rolebindings", "RoleBinding"],
  ["apis/flowcontrol.apiserver.k8s.io/v1", "flowschemas", "FlowSchema"],
  ["apis/flowcontrol.apiserver.k8s.io/v1", "prioritylevelconfigurations", "PriorityLevelConfiguration"],
  ["apis/scheduling.k8s.io/v1", "priorityclasses", "PriorityClass"],
  ["apis/networking.k8s.io/v1", "servicecidrs", "ServiceCIDR"],
  [
    "apis/apiregistration.k8s.io/v1",
    "apiservices",
    "APIService",
    /^v\d+\.($|admissionreg|api|apps|auth|auto|batch|cert|coord|disc|events|flow|net|node|policy|rbac|resource|sched|storage)/,
  ],
]

/** `T` stands for the time of the start. */
const withoutRun = ({ metadata, ...rest }) => {
  const { uid: _uid, resourceVersion: _version, creationTimestamp: _created, managedFields, ...kept } = metadata
  for (const entry of managedFields ?? []) entry.time = "T"
  for (const condition of rest.status?.conditions ?? [])
    if (condition.lastTransitionTime) condition.lastTransitionTime = "T"
  return { ...rest, metadata: { ...kept, ...(managedFields ? { managedFields } : {}) } }
}

const items = []
for (const [api, resource, kind, names = /^/] of collections) {
  const response = await get(`/${api}/${resource}`, "application/json")
  const list = await response.json()
  const apiVersion = api.replace(/^apis?\//, "")
  for (const item of list.items)
    if (names.test(item.metadata.name) && /^(default|kube-.*)?$/.test(item.metadata.namespace ?? ""))
      items.push({ resource, apiVersion, kind, ...withoutRun(item) })
}
writeFileSync(new URL("bootstrap.json.gz", folder), gzipSync(JSON.stringify(items), { level: 9 }))
console.log(`${items.length} objects`)

const document = await get("/openapi/v2", "application/com.github.proto-openapi.spec.v2@v1.0+protobuf")
writeFileSync(new URL("openapi-v2.pb.gz", folder), gzipSync(Buffer.from(await document.arrayBuffer()), { level: 9 }))
