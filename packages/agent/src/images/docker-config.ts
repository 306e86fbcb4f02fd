import type { ImageReference } from "@serin/core"
import { z } from "zod"
import type { KubeObject } from "../kube/index.ts"
import type { Login } from "../registry/index.ts"

export interface PullSecret extends KubeObject {
  readonly data?: Readonly<Record<string, string>>
}

const auths = z.record(
  z.string(),
  z.object({ username: z.string().optional(), password: z.string().optional(), auth: z.string().optional() }),
)
const dockerConfig = z.object({ auths })

/**
 * The logins for an image in a Secret of type `kubernetes.io/dockerconfigjson` or `kubernetes.io/dockercfg`, the most specific
 * first, as the kubelet takes them: a server may have a path (`registry.example.com/team`) and `*` for a part of its name.
 * Undefined when the Secret holds no such configuration.
 */
export function loginsIn(
  { data = {} }: PullSecret,
  { registry, repository }: Pick<ImageReference, "registry" | "repository">,
): readonly Login[] | undefined {
  const entries = entriesOf(data)
  if (entries === undefined) return undefined
  return Object.entries(entries)
    .map(([server, entry]) => ({ ...placeOf(server), login: loginOf(entry) }))
    .filter(({ host, path }) => isHost(host, registry) && isBelow(repository, path))
    .toSorted((a, b) => b.path.length - a.path.length || b.host.length - a.host.length)
    .flatMap(({ login }) => (login === undefined ? [] : [login]))
}

type Entry = z.infer<typeof auths>[string]

function entriesOf(data: Readonly<Record<string, string>>): Readonly<Record<string, Entry>> | undefined {
  const text = (key: string) => Buffer.from(data[key] ?? "", "base64").toString("utf8")
  const config = dockerConfig.safeParse(jsonOf(text(".dockerconfigjson")))
  if (config.success) return config.data.auths
  const old = auths.safeParse(jsonOf(text(".dockercfg")))
  return old.success ? old.data : undefined
}

function loginOf({ username, password, auth }: Entry): Login | undefined {
  if (auth === undefined || auth === "")
    return username === undefined || password === undefined ? undefined : { username, password }
  const decoded = Buffer.from(auth, "base64").toString("utf8")
  const colon = decoded.indexOf(":")
  return colon < 0 ? undefined : { username: decoded.slice(0, colon), password: decoded.slice(colon + 1) }
}

/** `https://index.docker.io/v1/` and `docker.io` are the same registry. */
function placeOf(server: string): { readonly host: string; readonly path: string } {
  const bare = server.replace(/^https?:\/\//, "").replace(/\/+$/, "")
  const slash = bare.indexOf("/")
  const host = slash < 0 ? bare : bare.slice(0, slash)
  const path = slash < 0 ? "" : bare.slice(slash + 1)
  return {
    host: host === "index.docker.io" || host === "registry-1.docker.io" ? "docker.io" : host,
    path: /^v[12]$/.test(path) ? "" : path,
  }
}

/** `*` stands for any text within one part of a name. */
function isHost(pattern: string, registry: string): boolean {
  const [parts, names] = [pattern.split("."), registry.split(".")]
  return parts.length === names.length && parts.every((part, index) => matches(part, names[index] ?? ""))
}

function matches(pattern: string, text: string): boolean {
  const [first = "", ...rest] = pattern.split("*")
  if (rest.length === 0) return first === text
  const last = rest.pop() ?? ""
  if (text.length < first.length + last.length || !text.startsWith(first) || !text.endsWith(last)) return false
  let position = first.length
  for (const middle of rest) {
    const found = text.indexOf(middle, position)
    if (found < 0 || found + middle.length > text.length - last.length) return false
    position = found + middle.length
  }
  return true
}

function isBelow(repository: string, path: string): boolean {
  return path === "" || repository === path || repository.startsWith(`${path}/`)
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}
