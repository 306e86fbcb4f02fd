import { fork, type ChildProcess } from "node:child_process"
import { once } from "node:events"
import { mkdir, mkdtemp, rm } from "node:fs/promises"
import { createServer, type Server } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { serveOutside } from "./host/outside.ts"
import { remoteNode } from "./host/remote-node.ts"
import { findTool } from "./host-tools.ts"
import { NodeError, type Node, type NodeOptions, type Way } from "./node.ts"
import { outsidePath, type Boot, type BootNews } from "./wire/requests.ts"

/** Long for a machine under load; a boot takes 0.1 s. */
const bootLimit = 20_000
/** What a process wrote just before its end may come after the news of it. */
const lastWords = 20

/**
 * Starts the process that runs the pods and waits until it can. Tries namespaces first unless `options.way` says
 * otherwise. Rejects when the ingress port is in use or the process cannot be started.
 */
export async function startNode(options: NodeOptions): Promise<Node> {
  const ingress = await listenForIngress(options.ingressPort ?? 0)
  const ingressPort = (ingress.address() as { port: number }).port
  await rm(options.stateDir, { recursive: true, force: true })
  await mkdir(options.stateDir, { recursive: true })
  try {
    const ways: readonly Way[] = options.way === undefined ? ["namespaces", "preload"] : [options.way]
    let whyNot: string | undefined
    for (const way of ways) {
      const started = await boot(way, options, ingress)
      if ("child" in started) {
        options.log(
          way === "namespaces"
            ? "pods run in namespaces of their own: any Linux program"
            : "pods run with a preload: Node programs only",
          { way, ...(whyNot === undefined ? {} : { whyNot }) },
        )
        return remoteNode({ way, whyNot, ingressPort, stateDir: options.stateDir, ...started })
      }
      whyNot = started.reason
    }
    throw new NodeError("SETUP_FAILED", `pods cannot run on this machine: ${whyNot ?? "no way was tried"}`)
  } finally {
    // The node process has its own hold of the socket by now.
    ingress.close()
  }
}

interface Started {
  readonly child: ChildProcess
  readonly runDir: string
  readonly gone: Promise<string>
  readonly outside: Server
}

/** One try; a reason when this machine cannot do it this way. */
async function boot(way: Way, options: NodeOptions, ingress: Server): Promise<Started | { reason: string }> {
  const unshare = way === "namespaces" ? findTool("unshare") : undefined
  if (way === "namespaces" && unshare === undefined) return { reason: "there is no `unshare` on this machine" }
  // Short, for the paths of the sockets in it are limited to about 100 bytes.
  const runDir = await mkdtemp(join(tmpdir(), "serin-"))
  const outside = await serveOutside(outsidePath(runDir))
  const child = fork(options.entry, [], {
    ...(unshare === undefined
      ? {}
      : { execPath: unshare, execArgv: ["-rnpf", "--mount-proc", "--kill-child", process.execPath] }),
    stdio: ["ignore", "inherit", "pipe", "ipc"],
    // A session of its own: Ctrl-C in a terminal goes to the host, which then ends this one in order.
    detached: true,
    // NODE_OPTIONS of the host (a debugger's, a test runner's) are not meant for this process.
    env: { ...process.env, NODE_OPTIONS: "" },
  })
  const gone = ended(child)
  const boot: Boot = {
    way,
    runDir,
    stateDir: options.stateDir,
    toolsDir: options.toolsDir,
    mesh: options.mesh ?? {},
  }
  const outcome = new Promise<string | undefined>((resolve) => {
    child.on("message", (news: BootNews) => {
      if (news.type === "log") options.log(news.message, news.fields)
      else resolve(news.type === "ready" ? undefined : news.reason)
    })
    child.on("error", (error) => resolve(error.message))
    void gone.then(resolve)
    setTimeout(() => resolve(`it took longer than ${bootLimit / 1000} s to start`), bootLimit).unref()
  })
  // A process that is gone before it has read this says so by its end.
  if (child.connected) child.send(boot, ingress, () => undefined)
  const reason = await outcome
  if (reason === undefined) return { child, runDir, gone, outside }
  child.kill("SIGKILL")
  outside.close()
  await rm(runDir, { recursive: true, force: true })
  return { reason }
}

async function listenForIngress(port: number): Promise<Server> {
  // Nobody is served before the node process is up.
  const server = createServer((socket) => void socket.destroy())
  server.listen(port, "127.0.0.1")
  try {
    await once(server, "listening")
  } catch (error) {
    throw new NodeError(
      "SETUP_FAILED",
      `the ingress gateway cannot listen on 127.0.0.1:${port}: ${(error as Error).message}; free the port or choose another`,
    )
  }
  return server
}

/** What it says on stderr is the cause, when it does not start. */
async function ended(child: ChildProcess): Promise<string> {
  let said = ""
  child.stderr?.setEncoding("utf8")
  child.stderr?.on("data", (text: string) => (said = (said + text).slice(-2000)))
  // Not "close": with a socket sent over the channel it may never come.
  const [code, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve) => {
    child.once("exit", (...how) => resolve(how))
    child.once("error", () => resolve([null, null]))
  })
  await new Promise((resolve) => setTimeout(resolve, lastWords))
  const how = `the node process ended with ${signal ?? `exit code ${code}`}`
  return said === "" ? how : `${how}: ${said.trim()}`
}
