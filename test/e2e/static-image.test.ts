import { execFileSync } from "node:child_process"
import { request } from "node:http"
import { join } from "node:path"
import { text } from "node:stream/consumers"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { whatIsMissing, writeStaticImage, writeUmociImage } from "./static-image.ts"
import { startTestWorld, type TestWorld } from "./world.ts"

const objects = (name: string) =>
  `
apiVersion: v1
kind: Namespace
metadata: {name: NAME, labels: {istio-injection: enabled}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: NAME, namespace: NAME}
spec:
  replicas: 2
  selector: {matchLabels: {app: NAME}}
  template:
    metadata: {labels: {app: NAME}}
    spec:
      containers:
        - name: NAME
          image: team/NAME:1.0.0
          ports: [{containerPort: 9898}]
          readinessProbe: {httpGet: {path: /, port: 9898}, periodSeconds: 1}
---
apiVersion: v1
kind: Service
metadata: {name: NAME, namespace: NAME}
spec: {selector: {app: NAME}, ports: [{name: http, port: 9898}]}
---
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: NAME, namespace: NAME}
spec:
  selector: {istio: ingressgateway}
  servers: [{port: {number: 80, name: http, protocol: HTTP}, hosts: [NAME.example.com]}]
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: NAME, namespace: NAME}
spec:
  hosts: [NAME.example.com]
  gateways: [NAME]
  http: [{route: [{destination: {host: NAME, port: {number: 9898}}}]}]
`.replaceAll("NAME", name)

const missing = whatIsMissing()

describe.skipIf(missing !== undefined)(`a static executable (needs ${missing ?? "nothing more"})`, () => {
  let world: TestWorld
  beforeAll(async () => {
    world = await startTestWorld()
  })
  afterAll(() => world.close())

  /** Pushes the image with skopeo, runs two pods of it, and gives their names and what the gateway gets from them. */
  const runs = async (name: string, image: string) => {
    const { stage, endpoints } = world
    const target = `docker://${new URL(endpoints.registry).host}/team/${name}:1.0.0`
    execFileSync("skopeo", ["--insecure-policy", "copy", "--dest-tls-verify=false", image, target], { stdio: "pipe" })
    await stage.kubectl(["apply", "-f", "-"], { input: objects(name) })
    await stage.kubectl(["-n", name, "rollout", "status", `deployment/${name}`, "--timeout=60s"], { timeout: 70_000 })
    const { stdout } = await stage.kubectl(["-n", name, "get", "pods", "-o", "jsonpath={.items[*].metadata.name}"])
    const pods = stdout.split(" ").toSorted()
    expect(pods).toHaveLength(2)

    // What runs is what skopeo pushed, to the digest.
    const skopeoDigest = execFileSync("skopeo", ["inspect", "--tls-verify=false", "--format={{.Digest}}", target])
    const path = `jsonpath={.items[*].status.containerStatuses[?(@.name=="${name}")].imageID}`
    const images = await stage.kubectl(["-n", name, "get", "pods", "-o", path])
    for (const running of images.stdout.split(" ")) expect(running).toContain(skopeoDigest.toString().trim())

    const answered = new Set<string>()
    await stage.until("an answer of either pod through the gateway", 20, async () => {
      const answer = await ask(endpoints.ingress, name)
      if (answer.startsWith("200 ")) answered.add(answer)
      return answered.size === pods.length ? true : undefined
    })
    // Each is the first process of its own pod, under the pod's name.
    expect([...answered].toSorted()).toEqual(pods.map((pod) => `200 ${pod} 1\n`))
  }

  test("in an image that skopeo pushed runs unmodified as two pods on one port, and both get traffic", () =>
    runs("static", writeStaticImage(join(world.dataDir, "static"), "1.0.0")))

  test("in an image that umoci made of layers that change and remove each other's files runs as it was unpacked", async () => {
    await runs("umoci", writeUmociImage(join(world.dataDir, "umoci"), "1.0.0"))
    const cat = (path: string) => ask(world.endpoints.ingress, "umoci", `/cat${path}`)
    expect(await cat("/etc/greeting")).toBe("200 of the second layer")
    expect(await cat("/etc/link")).toBe("200 of the second layer")
    expect(await cat("/etc/removed")).toBe("200 missing")
    expect(await cat("/var/data/old")).toBe("200 missing")
    expect(await cat("/var/data/new")).toBe("200 in a folder made anew")
  })
})

async function ask(ingress: string, name: string, path = "/"): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = { headers: { host: `${name}.example.com` }, agent: false } as const
    const outgoing = request(new URL(path, ingress), options, (response) => {
      text(response).then((body) => resolve(`${response.statusCode ?? 0} ${body}`), reject)
    })
    outgoing.on("error", reject).end()
  })
}
