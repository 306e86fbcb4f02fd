import type { Readable } from "node:stream"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import type { KubeClient, LogOptions } from "../kube/index.ts"
import type { Container, Event, Lease, Node as NodeObject, Pod, PodSpec } from "../kube/types.gen.ts"
import { startPodWorld, type PodWorld } from "../testing/pod-world.ts"
import { until } from "../testing/until.ts"
import { refs } from "./refs.ts"

const eventsRef = { group: "", version: "v1", resource: "events" }

let world: PodWorld
let client: KubeClient
let made = 0

beforeAll(async () => {
  world = await startPodWorld()
  client = world.client
})
afterAll(() => world.close())

async function newPod(container: Partial<Container>, more: Partial<PodSpec> = {}, namespace = "test"): Promise<string> {
  const name = `pod-${++made}`
  await client.create<Pod>(refs.pods, {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, namespace, labels: { app: name } },
    spec: { containers: [{ name: "app", image: "app:1", ...container }], ...more },
  })
  return name
}

/** A container that runs this program text in Node. */
const script = (text: string): Partial<Container> => ({ command: ["node", "-e", text] })
const forever = "setInterval(() => {}, 1000)"

const getPod = (name: string, namespace = "test"): Promise<Pod> => client.get<Pod>(refs.pods, name, namespace)
const statusOf = (pod: Pod, container = "app") =>
  [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])].find(
    ({ name }) => name === container,
  )
const isReady = (pod: Pod): boolean => pod.status?.conditions?.find(({ type }) => type === "Ready")?.status === "True"
const ready = (name: string, namespace = "test"): Promise<Pod> =>
  until(async () => {
    const pod = await getPod(name, namespace)
    expect(isReady(pod), JSON.stringify(pod.status)).toBe(true)
    return pod
  })
const phase = (name: string, wanted: string): Promise<Pod> =>
  until(async () => {
    const pod = await getPod(name)
    expect(pod.status?.phase).toBe(wanted)
    return pod
  })
const gone = (name: string): Promise<void> => until(() => expect(getPod(name)).rejects.toMatchObject({ code: 404 }))

async function eventsOf(name: string, namespace = "test"): Promise<readonly Event[]> {
  const { items } = await client.list<Event>(eventsRef, { namespace })
  return items.filter(({ involvedObject }) => involvedObject.name === name)
}
const reasons = async (name: string): Promise<readonly string[]> =>
  (await eventsOf(name)).map(({ reason }) => reason ?? "")

async function logs(name: string, options: Partial<LogOptions> = {}, signal = new AbortController().signal) {
  const all = { container: "app", follow: false, previous: false, timestamps: false, ...options }
  return text(await world.kubelet.backend.logs({ namespace: "test", name }, all, signal))
}

async function text(stream: Readable): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of stream) chunks.push(Buffer.from(chunk as Buffer))
  return Buffer.concat(chunks).toString("utf8")
}

async function run(name: string, command: readonly string[], container = "app", namespace = "test") {
  const options = { container, command, stdin: false, tty: false }
  const session = await world.kubelet.backend.exec({ namespace, name }, options)
  const [stdout, stderr, code] = await Promise.all([text(session.stdout), text(session.stderr), session.exit])
  return { stdout, stderr, code }
}

describe("a node", () => {
  it("is registered, ready, and keeps its lease", async () => {
    const node = await client.get<NodeObject>(refs.nodes, "serin-node")
    expect(node.status?.conditions?.find(({ type }) => type === "Ready")?.status).toBe("True")
    expect(node.metadata.labels).toMatchObject({ "kubernetes.io/os": "linux" })
    const lease = await client.get<Lease>(refs.leases, "serin-node", "kube-node-lease")
    expect(lease.spec?.holderIdentity).toBe("serin-node")
  })
})

describe("a pod's life", () => {
  it("goes from scheduled to ready to gone, told step by step", async () => {
    const name = await newPod({ readinessProbe: { httpGet: { path: "/", port: 9898 } } })
    const pod = await ready(name)
    expect(pod.status).toMatchObject({ phase: "Running", hostIP: "10.244.0.1", qosClass: "BestEffort" })
    expect(pod.status?.podIP).toMatch(/^10\.244\./)
    expect(statusOf(pod)).toMatchObject({
      image: "docker.io/library/app:1",
      imageID: expect.stringMatching(/^docker\.io\/library\/app@sha256:/),
      containerID: expect.stringMatching(/^serin:\/\/[0-9a-f]{64}$/),
      state: { running: { startedAt: expect.any(String) } },
      restartCount: 0,
      started: true,
      ready: true,
    })
    await client.delete(refs.pods, name, "test")
    await gone(name)
    expect(await reasons(name)).toEqual(["Scheduled", "Pulled", "Created", "Started", "Killing"])
    const killing = (await eventsOf(name)).find(({ reason }) => reason === "Killing")
    expect(killing).toMatchObject({
      message: "Stopping container app",
      involvedObject: { fieldPath: "spec.containers{app}" },
      source: { component: "kubelet", host: "serin-node" },
    })
  })

  it("ends as Succeeded or Failed when its containers are not to run again, and its address is free", async () => {
    const good = await newPod(script("process.exit(0)"), { restartPolicy: "Never" })
    const bad = await newPod(script("process.exit(2)"), { restartPolicy: "Never" })
    const succeeded = await phase(good, "Succeeded")
    expect(succeeded.status?.conditions?.find(({ type }) => type === "Ready")).toMatchObject({
      status: "False",
      reason: "PodCompleted",
    })
    expect(statusOf(await phase(bad, "Failed"))?.state?.terminated).toMatchObject({ exitCode: 2, reason: "Error" })
    await expect(world.node.dial(succeeded.status?.podIP ?? "", 9898)).rejects.toMatchObject({ code: "CONNECT_FAILED" })
  })

  it("runs a failing container again until it succeeds with restartPolicy OnFailure", async () => {
    const count =
      "const fs = require('fs'); const n = fs.existsSync('/shared/n'); fs.writeFileSync('/shared/n', ''); process.exit(n ? 0 : 1)"
    const name = await newPod(
      { ...script(count), volumeMounts: [{ name: "shared", mountPath: "/shared" }] },
      { restartPolicy: "OnFailure", volumes: [{ name: "shared", emptyDir: {} }] },
    )
    expect(statusOf(await phase(name, "Succeeded"))).toMatchObject({
      restartCount: 1,
      state: { terminated: { exitCode: 0 } },
    })
  })

  it("waits longer after each crash, and keeps the last words and the log of the run before", async () => {
    const words =
      "console.log('run of ' + Date.now()); require('fs').writeFileSync('/dev/termination-log', 'because'); process.exit(3)"
    const name = await newPod(script(words))
    const pod = await until(async () => {
      const found = await getPod(name)
      expect(statusOf(found)?.restartCount).toBeGreaterThanOrEqual(2)
      expect(statusOf(found)?.state?.waiting?.reason).toBe("CrashLoopBackOff")
      return found
    })
    expect(statusOf(pod)).toMatchObject({
      ready: false,
      state: {
        waiting: { message: expect.stringMatching(/^back-off .* restarting failed container=app pod=pod-\d+_test/) },
      },
      lastState: { terminated: { exitCode: 3, reason: "Error", message: "because" } },
    })
    expect(pod.status?.phase).toBe("Running")
    const backOff = (await eventsOf(name)).find(({ reason }) => reason === "BackOff")
    expect(backOff).toMatchObject({
      type: "Warning",
      message: expect.stringContaining("Back-off restarting failed container app in pod"),
    })
    expect(await logs(name, { previous: true })).toMatch(/^run of \d+\n$/)
    await client.delete(refs.pods, name, "test")
    await gone(name)
  })

  it("is given its grace period, and no more", async () => {
    const stubborn = await newPod(script(`process.on('SIGTERM', () => {}); ${forever}`), {
      terminationGracePeriodSeconds: 1,
    })
    await ready(stubborn)
    await client.delete(refs.pods, stubborn, "test")
    expect((await getPod(stubborn)).metadata.deletionTimestamp).toBeDefined()
    await gone(stubborn)
  })

  it("is ended at once when it is deleted by force", async () => {
    const name = await newPod(script(`process.on('SIGTERM', () => {}); ${forever}`))
    const { status } = await ready(name)
    await client.delete(refs.pods, name, "test", { gracePeriodSeconds: 0 })
    await gone(name)
    await until(() =>
      expect(world.node.dial(status?.podIP ?? "", 1)).rejects.toMatchObject({
        message: expect.stringContaining("no pod"),
      }),
    )
  })

  it("runs hooks after the start and before the stop", async () => {
    const [volumes, volumeMounts] = [[{ name: "out", emptyDir: {} }], [{ name: "out", mountPath: "/out" }]]
    const write = (word: string): string[] => ["sh", "-c", `echo ${word} >> /out/hooks`]
    const onTerm =
      "process.on('SIGTERM', () => { console.log('hooks: ' + require('fs').readFileSync('/out/hooks', 'utf8').split('\\n').join(' ')); process.exit() })"
    const name = await newPod(
      {
        ...script(`${onTerm}; ${forever}`),
        volumeMounts,
        lifecycle: {
          postStart: { exec: { command: write("started") } },
          preStop: { exec: { command: write("stopping") } },
        },
      },
      { volumes },
    )
    await ready(name)
    const stream = await world.kubelet.backend.logs(
      { namespace: "test", name },
      { container: "app", follow: true, previous: false, timestamps: false },
      new AbortController().signal,
    )
    const following = text(stream)
    await client.delete(refs.pods, name, "test")
    expect(await following).toBe("hooks: started stopping \n")
    await gone(name)
  })
})

describe("containers", () => {
  it("init containers come one after the other, before the others", async () => {
    const mount = { volumeMounts: [{ name: "out", mountPath: "/out" }] }
    const append = (word: string) => ({ image: "app:1", command: ["sh", "-c", `echo ${word} >> /out/order`], ...mount })
    const name = await newPod(
      { command: ["cat", "/out/order"], ...mount },
      {
        restartPolicy: "Never",
        initContainers: [
          { name: "one", ...append("one") },
          { name: "two", ...append("two") },
        ],
        volumes: [{ name: "out", emptyDir: {} }],
      },
    )
    await phase(name, "Succeeded")
    expect(await logs(name)).toBe("one\ntwo\n")
  })

  it("a failed init container that is not to run again fails the pod", async () => {
    const name = await newPod(script(forever), {
      restartPolicy: "Never",
      initContainers: [{ name: "init", image: "app:1", ...script("process.exit(4)") }],
    })
    const pod = await phase(name, "Failed")
    expect(statusOf(pod, "init")?.state?.terminated?.exitCode).toBe(4)
    expect(statusOf(pod)?.state?.waiting?.reason).toBe("PodInitializing")
  })

  it("a sidecar is up before the others start, and goes after them", async () => {
    const name = await newPod(script("fetch('http://localhost:9898/').then((r) => r.text()).then(console.log)"), {
      restartPolicy: "Never",
      initContainers: [
        {
          name: "sidecar",
          image: "app:1",
          restartPolicy: "Always",
          startupProbe: { httpGet: { path: "/", port: 9898 }, periodSeconds: 1 },
        },
      ],
    })
    const pod = await phase(name, "Succeeded")
    expect(await logs(name)).toMatch(/^node /)
    expect(statusOf(pod, "sidecar")?.state?.terminated?.exitCode).toBe(0)
  })

  it("that cannot be executed say so as containerd does", async () => {
    const name = await newPod({ command: ["/nope"] })
    const pod = await until(async () => {
      const found = await getPod(name)
      expect(statusOf(found)?.lastState?.terminated).toMatchObject({ reason: "StartError", exitCode: 128 })
      return found
    })
    expect(statusOf(pod)?.lastState?.terminated?.message).toContain(
      'exec: "/nope": stat /nope: no such file or directory',
    )
    await client.delete(refs.pods, name, "test")
  })

  it("wait for an image that is not there, longer each time", async () => {
    const name = await newPod({ image: "missing:1" })
    await until(async () => expect(statusOf(await getPod(name))?.state?.waiting?.reason).toBe("ImagePullBackOff"))
    const told = (await eventsOf(name)).map(({ reason, message }) => `${reason}: ${message}`)
    expect(told).toEqual(
      expect.arrayContaining([
        'Pulling: Pulling image "missing:1"',
        'Failed: Failed to pull image "missing:1": failed to resolve missing:1: not found',
        "Failed: Error: ErrImagePull",
        'BackOff: Back-off pulling image "missing:1"',
        "Failed: Error: ImagePullBackOff",
      ]),
    )
    expect((await getPod(name)).status?.phase).toBe("Pending")
    await client.delete(refs.pods, name, "test")
    await gone(name)
  })

  it("are not pulled when that is not wanted", async () => {
    const name = await newPod({ image: "missing:1", imagePullPolicy: "Never" })
    await until(async () => expect(statusOf(await getPod(name))?.state?.waiting?.reason).toBe("ErrImageNeverPull"))
    await client.delete(refs.pods, name, "test")
  })
})

describe("configuration", () => {
  const configMap = (name: string, data: Record<string, string>) => ({
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name, namespace: "test" },
    data,
  })

  it("reaches a container's environment from all sources, expanded", async () => {
    await client.create(refs.configMaps, configMap("colors", { SKY: "blue", GRASS: "green" }))
    await client.create(refs.secrets, {
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name: "keys", namespace: "test" },
      data: { token: Buffer.from("s3cret").toString("base64") },
    })
    const name = await newPod({
      envFrom: [{ prefix: "C_", configMapRef: { name: "colors" } }],
      env: [
        { name: "FIRST", value: "1" },
        { name: "BOTH", value: "$(FIRST)-$(C_SKY)-$$(FIRST)" },
        { name: "TOKEN", valueFrom: { secretKeyRef: { name: "keys", key: "token" } } },
        { name: "ME", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } },
        { name: "IP", valueFrom: { fieldRef: { fieldPath: "status.podIP" } } },
        { name: "CPU", valueFrom: { resourceFieldRef: { resource: "limits.cpu", divisor: "1m" } } },
        { name: "NONE", valueFrom: { configMapKeyRef: { name: "none", key: "x", optional: true } } },
      ],
      resources: { limits: { cpu: "250m" } },
      command: ["node", "-e", `console.log(JSON.stringify(process.env), process.argv[1]); ${forever}`],
      args: ["$(ME)"],
    })
    const pod = await ready(name)
    const [json = "", argument] = await until(async () => {
      const found = await logs(name)
      expect(found).toContain("\n")
      return found
        .trim()
        .split("} ")
        .map((part, index) => (index === 0 ? `${part}}` : part))
    })
    expect(JSON.parse(json)).toMatchObject({
      FROM_IMAGE: "yes",
      C_SKY: "blue",
      C_GRASS: "green",
      BOTH: "1-blue-$(FIRST)",
      TOKEN: "s3cret",
      ME: name,
      IP: pod.status?.podIP,
      CPU: "250",
      KUBERNETES_SERVICE_HOST: "10.96.0.1",
      HOSTNAME: name,
    })
    expect(json).not.toContain("NONE")
    expect(argument).toBe(name)
  })

  it("that is missing is waited for", async () => {
    const name = await newPod({ env: [{ name: "X", valueFrom: { configMapKeyRef: { name: "later", key: "x" } } }] })
    await until(async () =>
      expect(statusOf(await getPod(name))?.state?.waiting).toEqual({
        reason: "CreateContainerConfigError",
        message: 'configmap "later" not found',
      }),
    )
    await client.create(refs.configMaps, configMap("later", { x: "now" }))
    await ready(name)
  })

  it("is mounted, follows changes, and is not the container's to write", async () => {
    await client.create(refs.configMaps, configMap("files", { "a.txt": "old" }))
    const name = await newPod(
      {
        volumeMounts: [
          { name: "files", mountPath: "/etc/files" },
          { name: "info", mountPath: "/etc/info" },
          { name: "files", mountPath: "/etc/one.txt", subPath: "a.txt" },
        ],
      },
      {
        volumes: [
          { name: "files", configMap: { name: "files" } },
          {
            name: "info",
            projected: {
              sources: [
                { downwardAPI: { items: [{ path: "labels", fieldRef: { fieldPath: "metadata.labels" } }] } },
                { configMap: { name: "files", items: [{ key: "a.txt", path: "sub/b.txt" }] } },
              ],
            },
          },
        ],
      },
    )
    await ready(name)
    const read = async (...paths: readonly string[]) => (await run(name, ["cat", ...paths])).stdout
    expect(await read("/etc/files/a.txt", "/etc/info/labels", "/etc/info/sub/b.txt", "/etc/one.txt")).toBe(
      `oldapp="${name}"oldold`,
    )
    expect((await run(name, ["sh", "-c", "echo x > /etc/files/a.txt"])).code).not.toBe(0)
    await client.patch(refs.configMaps, "files", "test", "merge", { data: { "a.txt": "new", "c.txt": "more" } })
    await until(async () => expect(await read("/etc/files/a.txt", "/etc/files/c.txt")).toBe("newmore"))
    // As in Kubernetes: a file mounted by itself stays what it was.
    expect(await read("/etc/one.txt")).toBe("old")
  })

  it("of a volume that is missing is told and waited for", async () => {
    const name = await newPod(
      { volumeMounts: [{ name: "files", mountPath: "/etc/files" }] },
      { volumes: [{ name: "files", secret: { secretName: "absent" } }] },
    )
    await until(async () => {
      const failed = (await eventsOf(name)).find(({ reason }) => reason === "FailedMount")
      expect(failed?.message).toBe('MountVolume.SetUp failed for volume "files" : secret "absent" not found')
    })
    expect(statusOf(await getPod(name))?.state?.waiting?.reason).toBe("ContainerCreating")
    await client.delete(refs.pods, name, "test")
    await gone(name)
  })
})

describe("probes", () => {
  const toggling = `const http = require('http'); let ok = false
    http.createServer((q, r) => { if (q.url === '/on') ok = true; if (q.url === '/off') ok = false; r.statusCode = q.url === '/check' && !ok ? 500 : 200; r.end() }).listen(9898); ${forever}`
  const switchTo = async (name: string, state: "on" | "off"): Promise<void> => {
    expect((await run(name, ["node", "-e", `fetch('http://localhost:9898/${state}')`])).code).toBe(0)
  }

  it("readiness goes with what the program answers", async () => {
    const readinessProbe = { httpGet: { path: "/check", port: 9898 }, periodSeconds: 1, failureThreshold: 1 }
    const name = await newPod({ ...script(toggling), readinessProbe })
    await until(async () => expect(statusOf(await getPod(name))?.started).toBe(true))
    await until(() => switchTo(name, "on"))
    await ready(name)
    await switchTo(name, "off")
    const pod = await until(async () => {
      const found = await getPod(name)
      expect(isReady(found)).toBe(false)
      return found
    })
    expect(pod.status?.conditions?.find(({ type }) => type === "Ready")).toMatchObject({
      reason: "ContainersNotReady",
      message: "containers with unready status: [app]",
    })
    expect(statusOf(pod)?.restartCount).toBe(0)
    await until(async () => {
      const messages = (await eventsOf(name)).map(({ message }) => message)
      expect(messages).toContain("Readiness probe failed: HTTP probe failed with statuscode: 500")
    })
  })

  it("a container that fails its liveness probe is started again", async () => {
    const livenessProbe = {
      exec: { command: ["sh", "-c", "echo unwell; exit 1"] },
      periodSeconds: 1,
      failureThreshold: 1,
    }
    const name = await newPod({ livenessProbe })
    await until(async () => expect(statusOf(await getPod(name))?.restartCount).toBeGreaterThanOrEqual(1))
    const told = (await eventsOf(name)).map(({ reason, message }) => `${reason}: ${message}`)
    expect(told).toContain("Unhealthy: Liveness probe failed: unwell\n")
    expect(told).toContain("Killing: Container app failed liveness probe, will be restarted")
    await client.delete(refs.pods, name, "test")
  })

  it("a startup probe holds back the others", async () => {
    const slow = `setTimeout(() => require('http').createServer((q, r) => r.end()).listen(9898), 1500); ${forever}`
    const name = await newPod({
      ...script(slow),
      startupProbe: { tcpSocket: { port: 9898 }, periodSeconds: 1, failureThreshold: 30 },
      livenessProbe: { tcpSocket: { port: 9898 }, periodSeconds: 1, failureThreshold: 1 },
    })
    await until(async () => expect(statusOf(await getPod(name))?.state?.running).toBeDefined())
    expect(statusOf(await getPod(name))).toMatchObject({ started: false, ready: false })
    expect(statusOf(await ready(name))).toMatchObject({ started: true, restartCount: 0 })
  })
})

describe("what the API server asks for", () => {
  it("logs: whole, the end, with times, followed to the container's end", async () => {
    const lines =
      "let i = 0; const t = setInterval(() => { console.log('line ' + ++i); if (i === 20) { clearInterval(t) } }, 20)"
    const name = await newPod(script(lines), { restartPolicy: "Never" })
    await until(async () => {
      const state = statusOf(await getPod(name))?.state
      expect(state?.running ?? state?.terminated).toBeDefined()
    })
    const all = Array.from({ length: 20 }, (_, index) => `line ${index + 1}\n`)
    expect(await logs(name, { follow: true })).toBe(all.join(""))
    await phase(name, "Succeeded")
    expect(await logs(name, { tailLines: 2 })).toBe("line 19\nline 20\n")
    expect(await logs(name, { tailLines: 0 })).toBe("")
    expect(await logs(name, { limitBytes: 9 })).toBe("line 1\nli")
    expect(await logs(name, { tailLines: 1, timestamps: true })).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z line 20\n$/)
    const [time = ""] = (await logs(name, { tailLines: 3, timestamps: true })).split(" ")
    expect(await logs(name, { sinceTime: time })).toMatch(/line 18\nline 19\nline 20\n$/)
  })

  it("no logs yet, or none of a run before: says why", async () => {
    const name = await newPod({ image: "missing:1" })
    await until(async () => expect(statusOf(await getPod(name))?.state?.waiting?.reason).toBe("ImagePullBackOff"))
    await expect(logs(name)).rejects.toMatchObject({
      code: 400,
      message: `container "app" in pod "${name}" is waiting to start: trying and failing to pull image`,
    })
    await expect(logs(name, { previous: true })).rejects.toMatchObject({
      message: `previous terminated container "app" in pod "${name}" not found`,
    })
    await expect(run(name, ["true"])).rejects.toMatchObject({
      code: 500,
      message: 'Internal error occurred: container not found ("app")',
    })
    await client.delete(refs.pods, name, "test")
  })

  it("exec of a program that is not there fails as with containerd", async () => {
    const name = await newPod({})
    await ready(name)
    await expect(run(name, ["nope"])).rejects.toMatchObject({
      code: 500,
      message: expect.stringContaining('exec: "nope": executable file not found in $PATH'),
    })
  })

  it("port-forward reaches the pod's ports, and says when nobody listens", async () => {
    const name = await newPod({ readinessProbe: { tcpSocket: { port: 9898 } } })
    await ready(name)
    const connection = await world.kubelet.backend.portForward({ namespace: "test", name }, 9898)
    connection.write("GET / HTTP/1.0\r\n\r\n")
    expect(await text(connection)).toMatch(/^HTTP\/1\.1 200 OK/)
    await expect(world.kubelet.backend.portForward({ namespace: "test", name }, 1)).rejects.toMatchObject({
      message: expect.stringContaining("connection refused"),
    })
  })
})

describe("a pod with a sidecar proxy", () => {
  it("is ready only while its proxy answers", async () => {
    const name = await newPod({ readinessProbe: { tcpSocket: { port: 9898 } } }, {}, "mesh")
    const pod = await ready(name, "mesh")
    expect(pod.status?.containerStatuses?.map(({ name: container, ready: up }) => [container, up])).toEqual([
      ["app", true],
      ["istio-proxy", true],
    ])
    await run(name, ["sh", "-c", "kill 1"], "istio-proxy", "mesh")
    await until(async () => expect(isReady(await getPod(name, "mesh"))).toBe(false))
    const back = await ready(name, "mesh")
    expect(statusOf(back, "istio-proxy")?.restartCount).toBe(1)
    expect(statusOf(back)?.restartCount).toBe(0)
  })
})
