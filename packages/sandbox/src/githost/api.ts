import type { IncomingMessage, ServerResponse } from "node:http"
import { z } from "zod"
import { readBody, send, sendJson } from "../http/index.ts"
import { findUser } from "./accounts.ts"
import { addDeployKey, addHook, AlreadyThereError, InvalidError } from "./changes.ts"
import type { Hooks } from "./hooks.ts"
import type { GitUser } from "./options.ts"
import { describe, type Addresses } from "./push-event.ts"
import { parseRepositoryName, type DeployKey, type Hook, type Repositories, type Repository } from "./repositories.ts"

export interface ApiServices {
  readonly users: readonly GitUser[]
  readonly repositories: Repositories
  readonly hooks: Hooks
  readonly addresses: (repository: string) => Addresses
}

const newRepository = z.object({ name: z.string() })
const newKey = z.object({ title: z.string().min(1), key: z.string(), read_only: z.boolean().default(false) })
const newHook = z.object({
  config: z.object({ url: z.url(), secret: z.string().optional() }),
  active: z.boolean().default(true),
})

interface Answer {
  readonly status: number
  readonly body?: unknown
}

/**
 * REST in the shape that Gitea and GitHub share, below `/api/v1`: `POST user/repos` and `orgs/{owner}/repos`;
 * `repos/{owner}/{repo}` GET, DELETE; `…/keys` and `…/hooks` POST, GET and by id GET, DELETE; `…/hooks/{id}/deliveries` GET.
 * False when the path is another one.
 */
export async function serveApi(
  services: ApiServices,
  request: IncomingMessage,
  response: ServerResponse,
  url: URL,
): Promise<boolean> {
  if (!url.pathname.startsWith("/api/v1/")) return false
  const { status, body } = await answer(services, request, url.pathname.slice("/api/v1/".length).split("/"))
  if (body === undefined) send(response, status)
  else sendJson(response, status, body)
  return true
}

async function answer(services: ApiServices, request: IncomingMessage, path: readonly string[]): Promise<Answer> {
  const user = findUser(services.users, request.headers.authorization)
  if (!user) return problem(401, "A token is needed: Authorization: token …")
  const method = request.method ?? "GET"
  if (method !== "GET" && user.access !== "write") return problem(403, `The user ${user.name} may only read.`)
  try {
    const [root = "", owner = "", name = "", part, id, leaf] = path
    if (root === "user" && owner === "repos" && method === "POST") return await create(services, user.name, request)
    if (root === "orgs" && name === "repos" && method === "POST") return await create(services, owner, request)
    const repository =
      root === "repos" ? services.repositories.find(parseRepositoryName(`${owner}/${name}`) ?? "") : undefined
    if (!repository) return problem(404, "There is no such repository.")
    if (part === undefined) return await serveRepository(services, repository, method)
    if (part === "keys") return await serveKeys(services, repository, method, id, request)
    if (part === "hooks" && leaf === undefined) return await serveHooks(services, repository, method, id, request)
    if (part === "hooks" && leaf === "deliveries" && method === "GET") {
      return { status: 200, body: services.hooks.deliveries(repository.name, Number(id)).map(showDelivery) }
    }
    return problem(404, "There is no such resource.")
  } catch (error) {
    if (error instanceof AlreadyThereError) return problem(error.status, error.message)
    if (error instanceof InvalidError) return problem(422, error.message)
    if (error instanceof z.ZodError)
      return problem(422, error.issues.map((i) => `${i.path.join(".")}: ${i.message}`).join("; "))
    throw error
  }
}

async function create(
  { repositories, addresses }: ApiServices,
  owner: string,
  request: IncomingMessage,
): Promise<Answer> {
  const { name } = newRepository.parse(await readJson(request))
  const fullName = `${owner}/${name}`
  if (parseRepositoryName(fullName) !== fullName)
    throw new InvalidError(`"${fullName}" cannot be the name of a repository.`)
  const { repository, created } = await repositories.create(fullName)
  if (!created) throw new AlreadyThereError(409, `The repository ${fullName} exists already.`)
  return { status: 201, body: describe(repository, addresses(fullName)) }
}

async function serveRepository(
  { repositories, addresses }: ApiServices,
  repository: Repository,
  method: string,
): Promise<Answer> {
  if (method === "GET") return { status: 200, body: describe(repository, addresses(repository.name)) }
  if (method !== "DELETE") return problem(405, "GET and DELETE are possible here.")
  await repositories.remove(repository.name)
  return { status: 204 }
}

async function serveKeys(
  { repositories }: ApiServices,
  repository: Repository,
  method: string,
  id: string | undefined,
  request: IncomingMessage,
): Promise<Answer> {
  const { keys } = repository.settings
  if (id === undefined && method === "GET") return { status: 200, body: keys.map(showKey) }
  if (id === undefined && method === "POST") {
    const { title, key, read_only: readOnly } = newKey.parse(await readJson(request))
    return { status: 201, body: showKey(await addDeployKey(repositories, repository.name, { title, key, readOnly })) }
  }
  const found = keys.find((key) => String(key.id) === id)
  if (!found) return problem(404, "There is no such key.")
  if (method === "GET") return { status: 200, body: showKey(found) }
  if (method !== "DELETE") return problem(405, "GET and DELETE are possible here.")
  await repositories.update(repository.name, (settings) => ({
    settings: { ...settings, keys: settings.keys.filter((key) => key.id !== found.id) },
    result: undefined,
  }))
  return { status: 204 }
}

async function serveHooks(
  { repositories }: ApiServices,
  repository: Repository,
  method: string,
  id: string | undefined,
  request: IncomingMessage,
): Promise<Answer> {
  const { hooks } = repository.settings
  if (id === undefined && method === "GET") return { status: 200, body: hooks.map(showHook) }
  if (id === undefined && method === "POST") {
    const { config, active } = newHook.parse(await readJson(request))
    const { url, secret } = config
    const hook = await addHook(
      repositories,
      repository.name,
      { url, ...(secret === undefined ? {} : { secret }) },
      active,
    )
    return { status: 201, body: showHook(hook) }
  }
  const found = hooks.find((hook) => String(hook.id) === id)
  if (!found) return problem(404, "There is no such hook.")
  if (method === "GET") return { status: 200, body: showHook(found) }
  if (method !== "DELETE") return problem(405, "GET and DELETE are possible here.")
  await repositories.update(repository.name, (settings) => ({
    settings: { ...settings, hooks: settings.hooks.filter((hook) => hook.id !== found.id) },
    result: undefined,
  }))
  return { status: 204 }
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  const body = await readBody(request, 100_000)
  try {
    return JSON.parse(body.toString("utf8"))
  } catch (error) {
    throw new InvalidError(`The body is not JSON: ${error instanceof Error ? error.message : String(error)}`)
  }
}

const showKey = ({ id, title, key, fingerprint, readOnly, createdAt }: DeployKey) => ({
  id,
  title,
  key,
  fingerprint,
  read_only: readOnly,
  created_at: createdAt,
})

/** Never the secret. */
const showHook = ({ id, url, active, createdAt }: Hook) => ({
  id,
  type: "gitea",
  name: "web",
  active,
  events: ["push"],
  config: { url, content_type: "json" },
  created_at: createdAt,
  updated_at: createdAt,
})

const showDelivery = ({ letter, at, attempts, status, error, outcome }: ReturnType<Hooks["deliveries"]>[number]) => ({
  guid: letter.id,
  delivered_at: at,
  redelivery: attempts > 1,
  attempts,
  event: "push",
  status: outcome === "delivered" ? "OK" : (error ?? `answered ${status}`),
  status_code: status ?? 0,
  outcome,
  request: { payload: JSON.parse(letter.body) as unknown },
})

function problem(status: number, message: string): Answer {
  return { status, body: { message } }
}
