import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { startControllers } from "../controllers/index.ts"
import { ImageError, type ImageStore, type LocalImage } from "../images/index.ts"
import { startKubeApi, type KubeApi, type KubeClient, type KubeObject } from "../kube/index.ts"
import type { Container, Event, Pod, PodSpec } from "../kube/types.gen.ts"
import { startNode, type Node } from "../node/index.ts"
import { buildPrograms, type BuiltPrograms } from "../testing/built-programs.ts"
import { nodeImage } from "../testing/images.ts"
import { until } from "../testing/until.ts"
import { startKubelet, type Kubelet } from "./index.ts"
import { refs } from "./refs.ts"

const events = { group: "", version: "v1", resource: "events" }
const namespaces = { group: "", version: "v1", resource: "namespaces" }
const log = (): void => undefined

let folder: string
let programs: BuiltPrograms
let kube: KubeApi
let node: Node
let controllers: { close(): Promise<void> }
let kubelet: Kubelet
let client: KubeClient
let image: LocalImage

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "serin-kubelet-"))
  image = nodeImage(folder)
  programs = await buildPrograms()
  ;[kube, node] = await Promise.all([
    startKubeApi({ log }),
    startNode({ ...programs, stateDir: join(folder, "state"), log }),
  ])
  client = kube.client()
  controllers = startControllers((manager) => kube.client({ fieldManager: manager }), {
    certificateAuthority: "",
    log,
  })
  kubelet = await startKubelet({
    client: kube.client({ fieldManager: "kubelet" }),
    node,
    images: onlyImage(),
    dataDir: join(folder, "kubelet"),
    log: (message, fields) => console.log(message, fields),
    timing: { backoff: 300, retry: 100, drainDelay: 10, volumeInterval: 100 },
  })
  kube.setNodeBackend(kubelet.backend)
  await client.create(namespaces, { apiVersion: "v1", kind: "Namespace", metadata: { name: "test" } })
})

afterAll(async () => {
  await kubelet.close()
  await controllers.close()
  await node.close()
  await kube.close()
  await programs.remove()
  rmSync(folder, { recursive: true, force: true })
})

/** A registry with one image. */
function onlyImage(): ImageStore {
  const known = (ref: string): LocalImage | undefined => (ref.startsWith("app:") ? { ...image, ref } : undefined)
  return {
    local: known,
    pull: async (ref) => {
      const found = known(ref)
      if (found !== undefined) return found
      throw new ImageError("ErrImagePull", `${ref}: not found`)
    },
  }
}

const newPod = (name: string, container: Partial<Container>, more: Partial<PodSpec> = {}): Promise<Pod> =>
  client.create<Pod>(refs.pods, {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, namespace: "test", labels: { app: name } },
    spec: { containers: [{ name: "app", image: "app:1", ...container }], ...more },
  })
const getPod = (name: string): Promise<Pod> => client.get<Pod>(refs.pods, name, "test")

describe("the kubelet", () => {
  it("registers a ready node", async () => {
    const found = await client.get<KubeObject & { status: { conditions: { type: string; status: string }[] } }>(
      refs.nodes,
      "serin-node",
    )
    expect(found.status.conditions.find(({ type }) => type === "Ready")?.status).toBe("True")
  })

  it("runs a pod to ready and tells of each step", async () => {
    await newPod("simple", { readinessProbe: { httpGet: { path: "/", port: 9898 } } })
    const pod = await until(async () => {
      const found = await getPod("simple")
      expect(found.status?.conditions?.find(({ type }) => type === "Ready")?.status).toBe("True")
      return found
    })
    console.log(JSON.stringify(pod.status, null, 1))
    const { items } = await client.list<Event & KubeObject>(events, { namespace: "test" })
    console.log(items.map((e) => [e.reason, e.message, e.involvedObject.fieldPath].join(" | ")).join("\n"))
    await client.delete(refs.pods, "simple", "test")
    await until(() => expect(getPod("simple")).rejects.toMatchObject({ code: 404 }))
  })

  it("crash", async () => {
    await newPod("crash", { command: ["node", "-e", "process.exit(3)"] })
    await new Promise((r) => setTimeout(r, 4000))
    const { items } = await client.list<Event & KubeObject>(events, { namespace: "test" })
    console.log(
      items
        .filter((e) => e.involvedObject.name === "crash")
        .map((e) => [e.count, e.reason, e.message, e.involvedObject.fieldPath].join(" | "))
        .join("\n"),
    )
    console.log(JSON.stringify((await getPod("crash")).status?.containerStatuses))
  })
})
