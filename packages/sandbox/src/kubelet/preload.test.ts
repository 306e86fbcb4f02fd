import type { Readable } from "node:stream"
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import type { Event, Pod, PodSpec, Service } from "../kube/types.gen.ts"
import { startPodWorld, type PodWorld } from "../testing/pod-world.ts"
import { until } from "../testing/until.ts"
import { refs } from "./refs.ts"

let world: PodWorld

beforeAll(async () => {
  world = await startPodWorld("preload")
})
afterAll(() => world.close())

const newPod = (name: string, spec: PodSpec): Promise<Pod> =>
  world.client.create<Pod>(refs.pods, {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, namespace: "mesh", labels: { app: name } },
    spec,
  })

async function text(stream: Readable): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of stream) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString()
}

describe("on a machine without namespaces", () => {
  it("Node pods run with their sidecar and reach each other by Service names", async () => {
    const { client, kubelet } = world
    await client.create<Service>(refs.services, {
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: "web", namespace: "mesh" },
      spec: { selector: { app: "web" }, ports: [{ name: "http", port: 80, targetPort: 9898 }] },
    })
    const readinessProbe = { httpGet: { path: "/", port: 9898 }, periodSeconds: 1 }
    for (const name of ["web", "asking"]) {
      await newPod(name, { containers: [{ name: "app", image: "app:1", readinessProbe }] })
    }
    for (const name of ["web", "asking"]) {
      await until(async () => {
        const { status } = await client.get<Pod>(refs.pods, name, "mesh")
        expect(status?.containerStatuses?.map(({ ready }) => ready)).toEqual([true, true])
      })
    }
    for (const url of ["http://web/", "http://web.mesh/", "http://web.mesh.svc.cluster.local/"]) {
      const session = await kubelet.backend.exec(
        { namespace: "mesh", name: "asking" },
        { container: "app", command: ["curl", "-s", url], stdin: false, tty: false },
      )
      expect(await text(session.stdout)).toMatch(/^node web \d+$/)
    }
  })

  it("other programs say why they cannot run", async () => {
    writeFileSync(join(world.image.rootfs, "program"), "#!/bin/sh\necho hello\n", { mode: 0o755 })
    await newPod("other", { containers: [{ name: "app", image: "app:1", command: ["/program"] }] })
    await until(async () => {
      const { items } = await world.client.list<Event>(
        { group: "", version: "v1", resource: "events" },
        { namespace: "mesh" },
      )
      const failed = items.find(({ reason, involvedObject }) => reason === "Failed" && involvedObject.name === "other")
      expect(failed?.message).toBe(
        "Error: /program is no Node program, and only those run here: other programs need Linux with user namespaces, `unshare` and `ip`",
      )
    })
  })
})
