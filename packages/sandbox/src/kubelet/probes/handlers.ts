import { connect as connectTls } from "node:tls"
import { request } from "node:http"
import type { Duplex } from "node:stream"
import { NodeError, type ContainerId, type Node } from "../../node/index.ts"
import type { Container, ExecAction, HTTPGetAction, TCPSocketAction } from "../../kube/types.gen.ts"
import { expand } from "../environment/expand.ts"

/** What a probe or hook needs to reach a container. */
export interface Reach {
  readonly node: Pick<Node, "dial" | "exec">
  readonly podIp: string
  readonly id: ContainerId
  readonly container: Container
}

/** Why a check failed, worded as the kubelet does; undefined: it succeeded. */
export type Failure = string | undefined

/** What of a response or an output goes into an event. */
const outputLimit = 10 * 1024

/** The handlers that probes and lifecycle hooks share. */
export interface Handler {
  readonly exec?: ExecAction
  readonly httpGet?: HTTPGetAction
  readonly tcpSocket?: TCPSocketAction
}

/** Does one check. Never rejects for what the container does; `agent` names the caller to an HTTP server. */
export async function check(handler: Handler, reach: Reach, timeoutMs: number, agent: string): Promise<Failure> {
  if (handler.exec) return checkExec(handler.exec, reach, timeoutMs)
  if (handler.httpGet) return checkHttp(handler.httpGet, reach, timeoutMs, agent)
  if (handler.tcpSocket) return checkTcp(handler.tcpSocket, reach, timeoutMs)
  return "this node has no such handler: use exec, httpGet or tcpSocket"
}

async function checkHttp(action: HTTPGetAction, reach: Reach, timeoutMs: number, agent: string): Promise<Failure> {
  const port = portOf(action.port, reach.container)
  if (port === undefined) return `couldn't find port: ${action.port}`
  const scheme = (action.scheme ?? "HTTP").toLowerCase()
  const path = `/${(action.path ?? "").replace(/^\//, "")}`
  const url = `${scheme}://${reach.podIp}:${port}${path}`
  const status = await within(timeoutMs, reach, port, (socket) =>
    statusFrom(socket, { action, reach, port, path, agent }),
  )
  if (typeof status === "string") return `Get ${JSON.stringify(url)}: ${status}`
  return status >= 200 && status < 400 ? undefined : `HTTP probe failed with statuscode: ${status}`
}

interface Asked {
  readonly action: HTTPGetAction
  readonly reach: Reach
  readonly port: number
  readonly path: string
  readonly agent: string
}

function statusFrom(connection: Duplex, { action, reach, port, path, agent }: Asked): Promise<number> {
  const isTls = action.scheme?.toUpperCase() === "HTTPS"
  // As the kubelet: the certificate of a pod is not checked.
  const socket = isTls ? connectTls({ socket: connection, rejectUnauthorized: false }) : connection
  const headers = new Map([
    ["host", `${reach.podIp}:${port}`],
    ["user-agent", agent],
    ["accept", "*/*"],
    ["connection", "close"],
    ...(action.httpHeaders ?? []).map(({ name, value }) => [name.toLowerCase(), value] as const),
  ])
  return new Promise((resolve, reject) => {
    const asked = request(
      { createConnection: () => socket, path, headers: Object.fromEntries(headers) },
      (response) => {
        response.resume()
        resolve(response.statusCode ?? 0)
      },
    )
    asked.on("error", reject)
    asked.end()
  })
}

async function checkTcp({ port: wanted }: TCPSocketAction, reach: Reach, timeoutMs: number): Promise<Failure> {
  const port = portOf(wanted, reach.container)
  if (port === undefined) return `couldn't find port: ${wanted}`
  const result = await within(timeoutMs, reach, port, () => Promise.resolve(0))
  return typeof result === "string" ? result : undefined
}

/** Connects and asks; text: why not. */
async function within(
  timeoutMs: number,
  { node, podIp }: Reach,
  port: number,
  ask: (socket: Duplex) => Promise<number>,
): Promise<number | string> {
  let socket: Duplex | undefined
  let timer: NodeJS.Timeout | undefined
  let late = false
  const timeout = new Promise<string>((resolve) => {
    timer = setTimeout(() => {
      late = true
      resolve("context deadline exceeded (Client.Timeout exceeded while awaiting headers)")
    }, timeoutMs)
  })
  const work = async (): Promise<number | string> => {
    try {
      socket = await node.dial(podIp, port)
      if (late) socket.destroy()
      return await ask(socket)
    } catch (error) {
      return described(error, `${podIp}:${port}`)
    }
  }
  const result = await Promise.race([work(), timeout])
  clearTimeout(timer)
  socket?.destroy()
  return result
}

function described(error: unknown, address: string): string {
  const message = error instanceof Error ? error.message : String(error)
  if (!(error instanceof NodeError) || error.code !== "CONNECT_FAILED") return message
  const reason = message.startsWith("ECONNREFUSED")
    ? "connection refused"
    : message.startsWith("EHOSTUNREACH")
      ? "no route to host"
      : message
  return `dial tcp ${address}: connect: ${reason}`
}

async function checkExec(action: ExecAction, { node, id, container }: Reach, timeoutMs: number): Promise<Failure> {
  const fixed = new Map((container.env ?? []).map(({ name, value = "" }) => [name, value] as const))
  const argv = (action.command ?? []).map((word) => expand(word, fixed))
  let timer: NodeJS.Timeout | undefined
  try {
    const session = await node.exec({ ...id, argv, stdin: false, tty: false })
    let output = ""
    const collect = (chunk: Buffer): void => {
      if (output.length < outputLimit) output += chunk.toString("utf8")
    }
    session.stdout.on("data", collect)
    session.stderr.on("data", collect)
    const timeout = new Promise<"late">((resolve) => {
      timer = setTimeout(() => resolve("late"), timeoutMs)
    })
    const code = await Promise.race([session.exit, timeout])
    if (code !== "late") return code === 0 ? undefined : output
    session.kill()
    return `command timed out: ${JSON.stringify(argv.join(" "))} timed out after ${timeoutMs / 1000}s`
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  } finally {
    clearTimeout(timer)
  }
}

/** A port's number; names are those of the container's ports. */
function portOf(port: number | string, container: Container): number | undefined {
  if (typeof port === "number") return port
  const named = container.ports?.find(({ name }) => name === port)?.containerPort
  return named ?? (/^\d+$/.test(port) ? Number(port) : undefined)
}
