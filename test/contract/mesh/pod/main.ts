// The program of all pods of the contract, backends and senders alike. It runs in both worlds from the same image.
import { createServer, type IncomingMessage, type ServerResponse } from "node:http"
import { sendAll } from "./sender.ts"
import { controls, type Order, type Seen } from "./wire.ts"

const pod = process.env["POD_NAME"] ?? ""
const version = process.env["VERSION"] ?? ""
const counts = new Map<string, number>()
const remembered = new Map<string, Seen[]>()

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString("utf8")
}

function json(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { "content-type": "application/json", "x-from": version }).end(JSON.stringify(value))
}

/** The next act of a request's script; "200" without one. */
function nextAct(script: string): string {
  const [key = "", ...acts] = script.split(" ")
  const count = counts.get(key) ?? 0
  counts.set(key, count + 1)
  return acts[Math.min(count, acts.length - 1)] ?? "200"
}

async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { method = "", url = "", rawHeaders, headers } = request
  const { pathname, searchParams } = new URL(url, "http://pod")
  const body = await textOf(request)
  if (pathname === "/healthz") return json(response, 200, "ok")
  if (pathname === "/send-all") return json(response, 200, await sendAll(JSON.parse(body) as Order))
  if (pathname === "/remembered") return json(response, 200, remembered.get(searchParams.get("key") ?? "") ?? [])
  const seen: Seen = { pod, method, path: url, headers: rawHeaders, body }
  const key = headers[controls.remember]
  if (typeof key === "string") remembered.set(key, [...(remembered.get(key) ?? []), seen])
  const script = headers[controls.script]
  const act = headers[controls.fails] === pod ? "500" : typeof script === "string" ? nextAct(script) : "200"
  if (act === "reset") {
    request.socket.resetAndDestroy()
    return
  }
  const [, delay] = act.split(":")
  if (delay !== undefined) await new Promise((resolve) => setTimeout(resolve, Number(delay)))
  json(response, delay === undefined ? Number(act) : 200, seen)
}

const server = createServer((request, response) => {
  handle(request, response).catch((error: unknown) => {
    console.error(error)
    response.destroy()
  })
})
// Proxies keep connections for longer than Node does by default, and would find some of them just closed.
server.keepAliveTimeout = 600_000
server.listen(8080, () => console.log(`${pod} listens`))
process.on("SIGTERM", () => process.exit(0))
