import type { IncomingMessage, ServerResponse } from "node:http"
import { pipeline } from "node:stream/promises"
import { createGunzip } from "node:zlib"
import { send } from "../http/index.ts"
import type { Log } from "../log.ts"
import { findUser } from "./accounts.ts"
import { spawnGit } from "../git/index.ts"
import type { Hooks } from "./hooks.ts"
import type { GitUser } from "./options.ts"
import type { PushRecord, PushRecorder } from "./pushes.ts"
import { parseRepositoryName, type Repositories, type Repository } from "./repositories.ts"

type GitService = "git-upload-pack" | "git-receive-pack"

export interface GitServices {
  readonly users: readonly GitUser[]
  readonly repositories: Repositories
  readonly recorder: PushRecorder
  readonly hooks: Hooks
  readonly log: Log
}

const advertisement = /^\/(.+?)\/info\/refs$/
const call = /^\/(.+?)\/(git-upload-pack|git-receive-pack)$/
/** What a client of the dumb protocol asks for besides `info/refs`. */
const dumb =
  /^\/(.+?)\/(?:HEAD|objects\/(?:info\/[^/]+|[0-9a-f]{2}\/[0-9a-f]{38}|pack\/pack-[0-9a-f]{40}\.(?:pack|idx)))$/

/**
 * git's smart HTTP protocol (gitprotocol-http), versions 0 to 2, by the real git. False when the path is another one. As
 * at forges, a repository that is not there is 404 to those who may ask, and 401 to all others.
 */
export async function serveGit(
  services: GitServices,
  request: IncomingMessage,
  response: ServerResponse,
  url: URL,
): Promise<boolean> {
  const [, advertised] = advertisement.exec(url.pathname) ?? []
  const [, called, calledService] = call.exec(url.pathname) ?? []
  const [, file] = dumb.exec(url.pathname) ?? []
  const path = advertised ?? called ?? file
  if (path === undefined) return false
  const user = findUser(services.users, request.headers.authorization)
  if (!user) {
    send(response, 401, "A user name and a token are needed.\n", { "www-authenticate": 'Basic realm="serin-githost"' })
    return true
  }
  const service = serviceOf(advertised === undefined ? calledService : url.searchParams.get("service"))
  const name = parseRepositoryName(path) ?? ""
  const methods = called === undefined ? ["GET", "HEAD"] : ["POST"]
  const repository = services.repositories.find(name)
  if (service === "git-receive-pack" && user.access !== "write") {
    send(response, 403, `The user ${user.name} may read ${name} but not push to it.\n`)
  } else if (!methods.includes(request.method ?? "")) {
    send(response, 405, `Possible here: ${methods.join(", ")}.\n`, { allow: methods.join(", ") })
  } else if (!repository) {
    send(response, 404, "There is no such repository.\n")
  } else if (!service) {
    send(response, 403, "Only the smart protocol is spoken here; use a git of this century.\n")
  } else if (called === undefined) {
    await advertise(services, repository, service, request, response)
  } else if (request.headers["content-type"] !== `application/x-${service}-request`) {
    send(response, 415, `The content type of this call is application/x-${service}-request.\n`)
  } else {
    await serve(services, repository, service, request, response, user)
  }
  return true
}

function serviceOf(text: string | null | undefined): GitService | undefined {
  return text === "git-upload-pack" || text === "git-receive-pack" ? text : undefined
}

const noCache = {
  "cache-control": "no-cache, max-age=0, must-revalidate",
  pragma: "no-cache",
  expires: "Fri, 01 Jan 1980 00:00:00 GMT",
}

async function advertise(
  services: GitServices,
  repository: Repository,
  service: GitService,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const protocol = protocolOf(request)
  response.writeHead(200, { "content-type": `application/x-${service}-advertisement`, ...noCache })
  // Version 2 does without the line that names the service (gitprotocol-v2, "HTTP Transport"); git does so for pushes too,
  // which have no version 2.
  const isV2 = protocol["GIT_PROTOCOL"]?.split(":").includes("version=2") === true
  if (!isV2) response.write(`${packetLine(`# service=${service}\n`)}0000`)
  const args = [service.slice("git-".length), "--stateless-rpc", "--advertise-refs", repository.path]
  await runGit(services, args, protocol, request, response)
  response.end()
}

async function serve(
  services: GitServices,
  repository: Repository,
  service: GitService,
  request: IncomingMessage,
  response: ServerResponse,
  user: GitUser,
): Promise<void> {
  response.writeHead(200, { "content-type": `application/x-${service}-result`, ...noCache })
  const args = [service.slice("git-".length), "--stateless-rpc", repository.path]
  const record = service === "git-receive-pack" ? services.recorder.record() : undefined
  const env = { ...protocolOf(request), ...record?.env }
  await runGit(services, [...(record?.args ?? []), ...args], env, request, response)
  // Before the client hears of the end: what it does next comes after its push, for the hooks too.
  if (record) await announce(services, repository, record, user.name)
  response.end()
}

/** Tells the hooks what a push has changed. */
export async function announce(
  { hooks }: GitServices,
  repository: Repository,
  record: PushRecord,
  pusher: string,
): Promise<void> {
  const changes = await record.changes()
  if (changes.length > 0) hooks.pushed(repository.name, changes, pusher)
}

async function runGit(
  { log }: GitServices,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const child = spawnGit(args, env)
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once("error", reject)
    child.once("close", resolve)
  })
  child.stdout.pipe(response, { end: false })
  // A client that hangs up leaves no git behind; but a push that has arrived whole runs to its end.
  response.once("close", () => {
    child.stdout.unpipe(response).resume()
    if (!request.complete) child.kill()
  })
  let complaint = ""
  child.stderr.on("data", (chunk: Buffer) => {
    complaint = (complaint + chunk.toString()).slice(-2_000)
  })
  const isGzip = /^(x-)?gzip$/.test(request.headers["content-encoding"] ?? "")
  const body = isGzip ? request.pipe(createGunzip()) : request
  // A git that has heard enough closes its input, a client may go away in the middle: the exit code judges both.
  const [, code] = await Promise.allSettled([pipeline(body, child.stdin), ended] as const)
  if (code.status === "rejected") throw code.reason
  if (code.value !== 0)
    log("git ended with a failure", { args: args.join(" "), code: code.value, said: complaint.trim() })
}

/** Passed to git only in the form that the protocol gives it. */
function protocolOf(request: IncomingMessage): Record<string, string> {
  const header = request.headers["git-protocol"]
  return typeof header === "string" && isGitProtocol(header) ? { GIT_PROTOCOL: header } : {}
}

export function isGitProtocol(text: string): boolean {
  return /^[a-z0-9=.:_-]{1,100}$/.test(text)
}

function packetLine(text: string): string {
  return (text.length + 4).toString(16).padStart(4, "0") + text
}
