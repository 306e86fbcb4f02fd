/**
 * Requests per second and CPU time per request through the mesh's data plane, beside a plain undici proxy and, when they
 * are on the PATH, nginx and Envoy. Proxy, application and client are processes of their own on loopback.
 *
 *   proxy.js [seconds per run, default 3] [connections, default 32]
 */
import { fork, spawn, spawnSync, type ChildProcess } from "node:child_process"
import { once } from "node:events"
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import http from "node:http"
import net, { type AddressInfo, type Server } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { Agent, request } from "undici"
import { ClientConnection, type ResponseHandler } from "../packages/sandbox/src/http1/index.ts"
import { createDataPlane, type MeshSnapshot } from "../packages/sandbox/src/mesh/index.ts"

const body = Buffer.from(`{"version":"0.1.0","hostname":"podinfo-ga","message":"${"x".repeat(80)}"}\n`)
const podIp = "10.244.0.2"

async function listen(server: Server): Promise<number> {
  server.listen(0, "127.0.0.1")
  await once(server, "listening")
  return (server.address() as AddressInfo).port
}

/** The application: answers at once, with as little work as possible. */
function serveApp(): Promise<number> {
  const answer = Buffer.concat([
    Buffer.from(`HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n`),
    body,
  ])
  return listen(
    net.createServer((socket) => {
      socket.setNoDelay(true)
      socket.on("data", () => socket.write(answer)).on("error", () => socket.destroy())
    }),
  )
}

function serveMesh(appPort: number): Promise<number> {
  const plane = createDataPlane(
    {
      dial: async (_ip, _port) => {
        const socket = net.connect(appPort, "127.0.0.1")
        await once(socket, "connect")
        return socket
      },
      setServicePorts: () => undefined,
    },
    { log: () => undefined, seed: 1 },
  )
  plane.configure(snapshot())
  const from = { uid: "client", name: "client", namespace: "test", ip: "10.244.0.9" }
  plane.setProxy("client", true)
  plane.setProxy("app", true)
  return listen(net.createServer((socket) => plane.outbound(socket, from, { host: "podinfo.test", port: 9898 })))
}

/** Two subsets behind one VirtualService with weights, as in a canary. */
function snapshot(): MeshSnapshot {
  const host = "podinfo.test.svc.cluster.local"
  const workload = (name: string) => {
    return {
      name,
      namespace: "test",
      app: name,
      version: "unknown",
      canonicalService: name,
      canonicalRevision: "latest",
    }
  }
  const pod = (uid: string, ip: string) => {
    return { uid, name: uid, namespace: "test", ip, labels: { app: uid }, injected: true, workload: workload(uid) }
  }
  const cluster = (subset: string) => ({
    name: `outbound|9898|${subset}|${host}`,
    service: host,
    endpoints: [{ ip: podIp, port: 9898, pod: "app" }],
    balancing: "LEAST_REQUEST" as const,
    connectTimeoutMs: 10_000,
  })
  const destinations = [
    { cluster: cluster("ga").name, weight: 90 },
    { cluster: cluster("canary").name, weight: 10 },
  ]
  return {
    pods: [pod("client", "10.244.0.9"), pod("app", podIp)],
    services: [
      {
        host,
        name: "podinfo",
        namespace: "test",
        clusterIPs: ["10.96.0.12"],
        ports: [{ number: 9898, protocol: "http" }],
      },
    ],
    clusters: [cluster(""), cluster("ga"), cluster("canary")],
    sidecarHosts: [
      { host, port: 9898, routes: [{ matches: [], action: { kind: "forward", destinations, mirrors: [] } }] },
    ],
    sidecarTcp: [],
  }
}

function serveUndici(appPort: number): Promise<number> {
  const dispatcher = new Agent({ connections: 64 })
  const forward = async (incoming: http.IncomingMessage, outgoing: http.ServerResponse): Promise<void> => {
    const answer = await request(`http://127.0.0.1:${appPort}${incoming.url ?? "/"}`, {
      method: (incoming.method ?? "GET") as "GET",
      headers: incoming.headers,
      dispatcher,
    })
    outgoing.writeHead(answer.statusCode, answer.headers)
    answer.body.pipe(outgoing)
  }
  return listen(
    http.createServer((incoming, outgoing) => {
      forward(incoming, outgoing).catch(() => outgoing.destroy())
    }),
  )
}

interface Load {
  readonly requests: number
  readonly failures: number
  readonly seconds: number
  readonly p99Ms: number
}

/** Keeps `connections` requests under way for `seconds`. */
async function load(port: number, seconds: number, connections: number): Promise<Load> {
  const head = `GET /version HTTP/1.1\r\nhost: podinfo.test:9898\r\nuser-agent: bench\r\naccept: */*\r\n\r\n`
  const times: number[] = []
  let failures = 0
  const start = performance.now()
  const until = start + seconds * 1000
  const worker = async (): Promise<void> => {
    const socket = net.connect(port, "127.0.0.1")
    await once(socket, "connect")
    const connection = new ClientConnection(socket)
    await new Promise<void>((resolve) => {
      let sentAt = 0
      const next = (): void => {
        if (performance.now() >= until) {
          resolve()
          return
        }
        sentAt = performance.now()
        connection.send("GET", head, handler)
      }
      const nothing = (): void => undefined
      const handler: ResponseHandler = {
        informational: nothing,
        head: (answer) => {
          if (answer.status !== 200) failures++
        },
        body: nothing,
        end: () => {
          times.push(performance.now() - sentAt)
          next()
        },
        failed: () => {
          failures++
          resolve()
        },
        upgraded: nothing,
        batchEnd: nothing,
        drain: nothing,
      }
      next()
    })
    connection.destroy()
  }
  await Promise.all(Array.from({ length: connections }, worker))
  const elapsed = (performance.now() - start) / 1000
  times.sort((a, b) => a - b)
  return { requests: times.length, failures, seconds: elapsed, p99Ms: times[Math.floor(times.length * 0.99)] ?? 0 }
}

/** Roles of child processes: each tells its port, and answers questions for its CPU time. */
async function child(role: string, appPort: number): Promise<void> {
  const port = await (role === "app" ? serveApp() : role === "mesh" ? serveMesh(appPort) : serveUndici(appPort))
  process.send?.({ port })
  process.on("disconnect", () => process.exit(0))
}

interface Subject {
  readonly name: string
  readonly port: number
  readonly pids: readonly number[]
  stop(): void
}

async function forked(role: string, appPort: number): Promise<Subject> {
  const process_: ChildProcess = fork(fileURLToPath(import.meta.url), [role, String(appPort)])
  const [message] = (await once(process_, "message")) as [{ port: number }]
  return { name: role, port: message.port, pids: [process_.pid ?? 0], stop: () => process_.kill() }
}

const present = (program: string): boolean => spawnSync("which", [program]).status === 0

async function freePort(): Promise<number> {
  const server = net.createServer()
  const port = await listen(server)
  server.close()
  return port
}

async function external(name: "nginx" | "envoy", appPort: number): Promise<Subject | undefined> {
  if (!present(name)) return undefined
  const dir = mkdtempSync(join(tmpdir(), "serin-bench-"))
  const port = await freePort()
  const file = join(dir, name === "nginx" ? "nginx.conf" : "envoy.json")
  writeFileSync(file, name === "nginx" ? nginxConfig(dir, port, appPort) : envoyConfig(port, appPort))
  const args = name === "nginx" ? ["-p", dir, "-c", file] : ["-c", file, "--concurrency", "1", "--log-level", "error"]
  const process_ = spawn(name, args, { stdio: "ignore" })
  const stop = (): void => {
    process_.kill()
    rmSync(dir, { recursive: true, force: true })
  }
  for (let tries = 0; tries < 100; tries++) {
    const socket = net.connect(port, "127.0.0.1")
    const up = await new Promise<boolean>((resolve) => {
      socket.on("connect", () => resolve(true)).on("error", () => resolve(false))
    })
    socket.destroy()
    if (up) return { name, port, pids: [process_.pid ?? 0], stop }
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  stop()
  throw new Error(
    `${name} did not open its port within 5 s; run it by hand with a configuration like the one in this file`,
  )
}

function nginxConfig(dir: string, port: number, appPort: number): string {
  return `daemon off; master_process off; pid ${dir}/pid; error_log stderr error;
events { worker_connections 1024; }
http { access_log off; client_body_temp_path ${dir}/b; proxy_temp_path ${dir}/p; fastcgi_temp_path ${dir}/f;
uwsgi_temp_path ${dir}/u; scgi_temp_path ${dir}/s;
upstream app { server 127.0.0.1:${appPort}; keepalive 64; }
server { listen 127.0.0.1:${port}; keepalive_requests 100000000;
location / { proxy_pass http://app; proxy_http_version 1.1; proxy_set_header Connection ""; proxy_set_header Host $host; } } }`
}

function envoyConfig(port: number, appPort: number): string {
  const address = (number: number) => ({ socket_address: { address: "127.0.0.1", port_value: number } })
  const type = (name: string) => ({ "@type": `type.googleapis.com/envoy.extensions.${name}` })
  const manager = {
    ...type("filters.network.http_connection_manager.v3.HttpConnectionManager"),
    stat_prefix: "bench",
    route_config: {
      virtual_hosts: [{ name: "all", domains: ["*"], routes: [{ match: { prefix: "/" }, route: { cluster: "app" } }] }],
    },
    http_filters: [{ name: "envoy.filters.http.router", typed_config: type("filters.http.router.v3.Router") }],
  }
  const filters = [{ name: "envoy.filters.network.http_connection_manager", typed_config: manager }]
  const endpoints = [{ lb_endpoints: [{ endpoint: { address: address(appPort) } }] }]
  return JSON.stringify({
    static_resources: {
      listeners: [{ address: address(port), filter_chains: [{ filters }] }],
      clusters: [{ name: "app", type: "STATIC", load_assignment: { cluster_name: "app", endpoints } }],
    },
  })
}

/** CPU milliseconds of a process so far (Linux). */
function cpuMs(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? []
  return (Number(fields[11]) + Number(fields[12])) * 10
}

async function main(): Promise<void> {
  const seconds = Number(process.argv[2] ?? 3)
  const connections = Number(process.argv[3] ?? 32)
  const app = await forked("app", 0)
  const subjects: Subject[] = [{ ...app, name: "none (straight to the app)", stop: () => undefined }]
  for (const role of ["mesh", "undici"]) subjects.push(await forked(role, app.port))
  for (const name of ["nginx", "envoy"] as const) {
    const subject = await external(name, app.port)
    if (subject) subjects.push(subject)
  }
  const onLinux = process.platform === "linux"
  console.log(`proxy: ${connections} connections, ${seconds} s each\n`)
  console.log("through                        req/s   p99 ms   CPU µs/req   failed")
  for (const subject of subjects) {
    await load(subject.port, Math.min(1, seconds), connections)
    const before = onLinux ? subject.pids.map(cpuMs) : []
    const result = await load(subject.port, seconds, connections)
    const used = before.reduce((sum, ms, i) => sum + cpuMs(subject.pids[i] ?? 0) - ms, 0)
    const perRequest = onLinux ? ((used * 1000) / result.requests).toFixed(1) : "?"
    const rate = Math.round(result.requests / result.seconds)
    const columns = [String(rate).padStart(7), result.p99Ms.toFixed(1).padStart(8), perRequest.padStart(12)]
    console.log(`${subject.name.padEnd(28)} ${columns.join(" ")} ${String(result.failures).padStart(8)}`)
    subject.stop()
  }
  app.stop()
}

const role = process.argv[2]
if (role === "app" || role === "mesh" || role === "undici") await child(role, Number(process.argv[3]))
else await main()
