import { readFile } from "node:fs/promises"
import { join } from "node:path"
import { gunzipSync } from "node:zlib"
import type { KubeClient, KubeObject, ResourceRef } from "../kube/client.ts"
import type { CustomResourceDefinition } from "../kube/types.gen.ts"

const definitions: ResourceRef = { group: "apiextensions.k8s.io", version: "v1", resource: "customresourcedefinitions" }

/** Installs Istio's CustomResourceDefinitions, as `istioctl install` would, and resolves when all are served. */
export async function installIstioDefinitions(client: KubeClient, dataDir: string): Promise<void> {
  const file = await readFile(join(dataDir, "istio-crds.json.gz"))
  const wanted = JSON.parse(gunzipSync(file).toString("utf8")) as CustomResourceDefinition[]
  const missing = new Set(wanted.map(({ metadata }) => metadata.name))
  const stop = new AbortController()
  await new Promise<void>((resolve, reject) => {
    client.watch<CustomResourceDefinition & KubeObject>(
      definitions,
      {},
      ({ object }) => {
        const established = object.status?.conditions?.some(
          ({ type, status }) => type === "Established" && status === "True",
        )
        if (established === true) missing.delete(object.metadata.name)
        if (missing.size === 0) resolve()
      },
      stop.signal,
    )
    Promise.all(wanted.map((definition) => client.create(definitions, definition))).catch(reject)
  }).finally(() => stop.abort())
}
