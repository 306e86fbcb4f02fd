import { mkdir } from "node:fs/promises"
import type { IncomingMessage, ServerResponse } from "node:http"
import { join } from "node:path"
import { requireGit } from "../git/index.ts"
import { closeServer, createLocalServer, listen, readBody, sendJson } from "../http/index.ts"
import { Snapshots } from "../images/index.ts"
import { ImageBuilder } from "./build.ts"
import { Builds } from "./builds.ts"
import type { Builder, BuilderOptions } from "./options.ts"
import { readWebhook } from "./webhook.ts"

/** Starts a builder on 127.0.0.1: tags that its webhook is told of become images. Rejects when the port is in use. */
export async function startBuilder(options: BuilderOptions): Promise<Builder> {
  await mkdir(options.dataDir, { recursive: true })
  await requireGit("builder")
  const snapshots = new Snapshots(join(options.dataDir, "snapshots"))
  await snapshots.prepare()
  const builds = new Builds(join(options.dataDir, "builds"), new ImageBuilder(options, snapshots), options.log)
  const serve = (request: IncomingMessage, response: ServerResponse, url: URL) =>
    answer(options, builds, request, response, url)
  const server = createLocalServer("builder", serve, options.log)
  const port = await listen(server, options.port ?? 0, "builder")
  await builds.load()
  const url = `http://127.0.0.1:${port}`
  return {
    port,
    url,
    webhookUrl: `${url}/webhook`,
    builds: () => builds.all(),
    idle: () => builds.idle(),
    async close() {
      await closeServer(server)
      await builds.close()
    },
  }
}

const lastPart = (repository: string): string => repository.split("/").at(-1)?.toLowerCase() ?? ""

async function answer(
  options: BuilderOptions,
  builds: Builds,
  request: IncomingMessage,
  response: ServerResponse,
  url: URL,
): Promise<void> {
  if (url.pathname === "/webhook" && request.method === "POST") return receive(options, builds, request, response)
  const [, id, part] = /^\/builds(?:\/(\d+)(\/log)?)?$/.exec(url.pathname) ?? []
  if (request.method !== "GET" || !url.pathname.startsWith("/builds")) {
    return sendJson(response, 404, { message: "GET /builds, /builds/{id} or /builds/{id}/log; POST /webhook" })
  }
  if (url.pathname === "/builds") return sendJson(response, 200, builds.all())
  const build = builds.get(Number(id))
  if (!build) return sendJson(response, 404, { message: "There is no such build; GET /builds lists them." })
  if (part === undefined) return sendJson(response, 200, build)
  response.writeHead(200, { "content-type": "text/plain; charset=utf-8", "cache-control": "no-cache" })
  response.flushHeaders()
  const isOver = build.state !== "queued" && build.state !== "running"
  await builds.log(build.id).copyTo(response, url.searchParams.get("follow") === "true" && !isOver)
}

async function receive(
  { webhookSecret, imageName = lastPart, log }: BuilderOptions,
  builds: Builds,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const body = await readBody(request, 5_000_000)
  const event = header(request, "x-github-event")
  const verdict = readWebhook(body, { event, signature: header(request, "x-hub-signature-256") }, webhookSecret)
  switch (verdict.kind) {
    case "refused":
      log("webhook refused", { reason: verdict.reason })
      return sendJson(response, verdict.status, { message: verdict.reason })
    case "nothing":
      return sendJson(response, 202, { message: verdict.reason })
    case "build": {
      const { repository, tag, commit } = verdict
      return sendJson(response, 202, await builds.order(repository, tag, commit, imageName(repository)))
    }
  }
}

function header(request: IncomingMessage, name: string): string | undefined {
  const value = request.headers[name]
  return Array.isArray(value) ? value[0] : value
}
