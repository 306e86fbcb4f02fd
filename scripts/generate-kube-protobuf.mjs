// Writes packages/sandbox/data/kubernetes-1.36.3/protobuf.json.gz: the message descriptors of the served API versions, as
// protobufjs reads them without a parser, from the .proto files of k8s.io/api and k8s.io/apimachinery in
// protobuf.tar.gz. Run: node scripts/generate-kube-protobuf.mjs
import { execFileSync } from "node:child_process"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { gzipSync } from "node:zlib"
import protobuf from "protobufjs"

const data = new URL("../packages/sandbox/data/kubernetes-1.36.3/", import.meta.url)
const versions = [
  "admissionregistration/v1",
  "apps/v1",
  "authentication/v1",
  "authorization/v1",
  "autoscaling/v1",
  "autoscaling/v2",
  "batch/v1",
  "certificates/v1",
  "coordination/v1",
  "core/v1",
  "discovery/v1",
  "events/v1",
  "flowcontrol/v1",
  "networking/v1",
  "node/v1",
  "policy/v1",
  "rbac/v1",
  "resource/v1",
  "scheduling/v1",
  "storage/v1",
]
const folder = mkdtempSync(join(tmpdir(), "kube-protobuf-"))
try {
  execFileSync("tar", ["xzf", fileURLToPath(new URL("protobuf.tar.gz", data)), "-C", folder])
  const root = new protobuf.Root()
  root.resolvePath = (_origin, target) => join(folder, target)
  root.loadSync(versions.map((version) => `k8s.io/api/${version}/generated.proto`))
  const json = JSON.stringify(root.toJSON({ keepComments: false }))
  writeFileSync(new URL("protobuf.json.gz", data), gzipSync(json, { level: 9 }))
  console.log(`${json.length} characters`)
} finally {
  rmSync(folder, { recursive: true })
}
