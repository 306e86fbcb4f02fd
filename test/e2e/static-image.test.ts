import { execFileSync } from "node:child_process"
import { request } from "node:http"
import { join } from "node:path"
import { text } from "node:stream/consumers"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { whatIsMissing, writeStaticImage } from "./static-image.ts"
import { startTestWorld, type TestWorld } from "./world.ts"

const objects = `
apiVersion: v1
kind: Namespace
metadata: {name: static, labels: {istio-injection: enabled}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: static, namespace: static}
spec:
  replicas: 2
  selector: {matchLabels: {app: static}}
  template:
    metadata: {labels: {app: static}}
    spec:
      containers:
        - name: static
          image: team/static:1.0.0
          ports: [{containerPort: 9898}]
          readinessProbe: {httpGet: {path: /, port: 9898}, periodSeconds: 1}
---
apiVersion: v1
kind: Service
metadata: {name: static, namespace: static}
spec: {selector: {app: static}, ports: [{name: http, port: 9898}]}
---
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: static, namespace: static}
spec:
  selector: {istio: ingressgateway}
  servers: [{port: {number: 80, name: http, protocol: HTTP}, hosts: [static.example.com]}]
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: static, namespace: static}
spec:
  hosts: [static.example.com]
  gateways: [static]
  http: [{route: [{destination: {host: static, port: {number: 9898}}}]}]
`

const missing = whatIsMissing()

describe.skipIf(missing !== undefined)(`a static executable (needs ${missing ?? "nothing more"})`, () => {
  let world: TestWorld
  beforeAll(async () => {
    world = await startTestWorld()
  })
  afterAll(() => world.close())

  test("in an image that skopeo pushed runs unmodified as two pods on one port, and both get traffic", async () => {
    const { stage, endpoints, dataDir } = world
    const folder = join(dataDir, "static")
    const image = writeStaticImage(folder, "1.0.0")
    const target = `docker://${new URL(endpoints.registry).host}/team/static:1.0.0`
    execFileSync("skopeo", ["--insecure-policy", "copy", "--dest-tls-verify=false", image, target], { stdio: "pipe" })
    await stage.kubectl(["apply", "-f", "-"], { input: objects })
    await stage.kubectl(["-n", "static", "rollout", "status", "deployment/static", "--timeout=60s"], {
      timeout: 70_000,
    })
    const { stdout } = await stage.kubectl(["-n", "static", "get", "pods", "-o", "jsonpath={.items[*].metadata.name}"])
    const pods = stdout.split(" ").toSorted()
    expect(pods).toHaveLength(2)

    // What runs is what skopeo pushed, to the digest.
    const skopeoDigest = execFileSync("skopeo", ["inspect", "--tls-verify=false", "--format={{.Digest}}", target])
    const path = 'jsonpath={.items[*].status.containerStatuses[?(@.name=="static")].imageID}'
    const images = await stage.kubectl(["-n", "static", "get", "pods", "-o", path])
    for (const running of images.stdout.split(" ")) expect(running).toContain(skopeoDigest.toString().trim())

    const answered = new Set<string>()
    await stage.until("an answer of either pod through the gateway", 20, async () => {
      const answer = await ask(endpoints.ingress)
      if (answer.startsWith("200 ")) answered.add(answer)
      return answered.size === pods.length ? true : undefined
    })
    // Each is the first process of its own pod, under the pod's name.
    expect([...answered].toSorted()).toEqual(pods.map((pod) => `200 ${pod} 1\n`))
  })
})

async function ask(ingress: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const outgoing = request(ingress, { headers: { host: "static.example.com" }, agent: false }, (response) => {
      text(response).then((body) => resolve(`${response.statusCode ?? 0} ${body}`), reject)
    })
    outgoing.on("error", reject).end()
  })
}
