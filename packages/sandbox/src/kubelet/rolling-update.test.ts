import type { Readable } from "node:stream"
import { afterAll, beforeAll, expect, it, vi } from "vitest"
import type { Deployment, Pod, Service } from "../kube/types.gen.ts"
import { startPodWorld, type PodWorld } from "../testing/pod-world.ts"
import { refs } from "./refs.ts"

const deployments = { group: "apps", version: "v1", resource: "deployments" }
let world: PodWorld

beforeAll(async () => {
  world = await startPodWorld()
})
afterAll(() => world.close())

const metadata = (name: string) => ({ name, namespace: "mesh" })

async function text(stream: Readable): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of stream) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString()
}

it("a rolling update loses no request", async () => {
  const { client, kubelet } = world
  const labels = { app: "web" }
  await client.create<Service>(refs.services, {
    apiVersion: "v1",
    kind: "Service",
    metadata: metadata("web"),
    spec: { selector: labels, ports: [{ name: "http", port: 80, targetPort: 9898 }] },
  })
  const readinessProbe = { httpGet: { path: "/", port: 9898 }, periodSeconds: 1 }
  await client.create<Deployment>(deployments, {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: metadata("web"),
    spec: {
      replicas: 2,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: { containers: [{ name: "app", image: "app:1", readinessProbe }] },
      },
    },
  })
  await client.create<Pod>(refs.pods, {
    apiVersion: "v1",
    kind: "Pod",
    metadata: metadata("load"),
    spec: { containers: [{ name: "app", image: "app:1" }] },
  })
  const rolledOut = (): Promise<void> => {
    const check = async (): Promise<void> => {
      const { metadata: meta, status } = await client.get<Deployment>(deployments, "web", "mesh")
      expect(status).toMatchObject({
        observedGeneration: meta.generation,
        updatedReplicas: 2,
        readyReplicas: 2,
        replicas: 2,
      })
      const pod = await client.get<Pod>(refs.pods, "load", "mesh")
      expect(pod.status?.conditions?.find(({ type }) => type === "Ready")?.status).toBe("True")
    }
    // Two pods, one after the other, each drained: on a busy machine longer than other waits.
    return vi.waitFor(check, { timeout: 40_000, interval: 20 })
  }
  await rolledOut()

  const command = ["hey", "-z", "140s", "-c", "4", "-q", "50", "http://web/"]
  const load = await kubelet.backend.exec(
    { namespace: "mesh", name: "load" },
    { container: "app", command, stdin: true, tty: true },
  )
  const report = text(load.stdout)
  for (const image of ["app:2", "app:3"]) {
    const containers = [{ name: "app", image }]
    await client.patch(deployments, "web", "mesh", "strategic", { spec: { template: { spec: { containers } } } })
    await rolledOut()
  }
  // Ctrl-C: hey ends with its report.
  load.stdin.write("\u0003")
  const [, distribution = ""] = (await report).split("Status code distribution:")
  const counted = [...distribution.matchAll(/\[(\d+)\]\s+(\d+) responses/g)].map(([, code, count]) => ({
    code,
    count: Number(count),
  }))
  expect(distribution).not.toContain("Error")
  expect(counted).toEqual([{ code: "200", count: expect.any(Number) }])
  expect(counted[0]?.count).toBeGreaterThan(100)
}, 150_000)
