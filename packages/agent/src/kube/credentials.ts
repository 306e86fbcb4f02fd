import { readFile } from "node:fs/promises"
import { join } from "node:path"
import type { RequestOptions } from "node:https"
import { messageOf } from "../errors.ts"
import { direct, parseProxy } from "../outbound/index.ts"
import type { Clock } from "../runtime/index.ts"
import { execPlugin } from "./exec-plugin.ts"
import { KubeFailure } from "./failure.ts"
import { material, readKubeconfig, type Context } from "./kubeconfig.ts"

export interface Tls {
  readonly ca?: string
  readonly cert?: string
  readonly key?: string
  readonly servername?: string
  readonly rejectUnauthorized?: boolean
}

/** How to connect, as of now: tokens and client certificates change while the agent runs. */
export interface Access {
  readonly tls: Tls
  readonly headers: Readonly<Record<string, string>>
}

export interface Credentials {
  /** Base URL of the API. */
  readonly server: string
  /** Absent: the API is asked directly. */
  readonly proxy?: URL
  /** `refused`: what the API has just answered with 401. It is read anew then, unless somebody has done so since. */
  access(refused?: Access): Promise<Access>
}

/** Where a pod finds its service account, and the API by the environment that the kubelet gives it. */
export interface InCluster {
  readonly host: string
  readonly port: string
  /** `/var/run/secrets/kubernetes.io/serviceaccount` */
  readonly folder: string
}

const keepForMs = 10_000
/** However many requests are refused: a file is read, or a plugin run, at most this often. */
const renewEveryMs = 1_000

/**
 * Credentials of a pod: certificate authority and a token that the kubelet renews in place. Never by way of a proxy: the
 * address is one of the cluster's own, which a proxy outside of it does not know.
 */
export async function inClusterCredentials({ host, port, folder }: InCluster, clock: Clock): Promise<Credentials> {
  const address = host.includes(":") ? `[${host}]` : host
  const read = async (): Promise<Access> => {
    const [ca, token] = await Promise.all(["ca.crt", "token"].map((name) => readFile(join(folder, name), "utf8")))
    return { tls: { ca: ca ?? "" }, headers: bearer(token ?? "") }
  }
  // A folder that is not there is said at the start, not at each request.
  await read()
  return { server: `https://${address}:${port}`, access: kept(clock, read) }
}

/**
 * Credentials of a kubeconfig's current context, as kubectl takes them, but read again while the agent runs: the file itself
 * and the files that it names. Auth providers are run by `@kubernetes/client-node`, loaded only then: it costs 80 MB of memory.
 * `proxyFor`: for a cluster without a `proxy-url`.
 */
export async function kubeconfigCredentials(path: string, clock: Clock, proxyFor = direct): Promise<Credentials> {
  const { cluster, user } = await readKubeconfig(path)
  const server = cluster.server.replace(/\/+$/, "")
  const stated = cluster["proxy-url"]
  const proxy = stated ? parseProxy(`proxy-url of kubeconfig ${path}`, stated) : proxyFor(new URL(server))
  const where = { server, ...(proxy === undefined ? {} : { proxy }) }
  if (user.exec !== undefined) return { ...where, access: kept(clock, execAccess(path, clock)) }
  if (user["auth-provider"] !== undefined) return { ...where, access: kept(clock, providerAccess(path)) }
  return { ...where, access: kept(clock, async () => plainAccess(await readKubeconfig(path))) }
}

async function plainAccess(context: Context): Promise<Access> {
  const { user } = context
  const cert = await material(context, user["client-certificate-data"], user["client-certificate"])
  const key = await material(context, user["client-key-data"], user["client-key"])
  // As in kubectl, the file, which may be renewed, comes before the token that stands in the kubeconfig.
  const token = (await material(context, undefined, user.tokenFile)) ?? user.token
  const headers =
    token !== undefined
      ? bearer(token)
      : user.username !== undefined
        ? { authorization: `Basic ${Buffer.from(`${user.username}:${user.password ?? ""}`).toString("base64")}` }
        : {}
  return { tls: { ...(await serverTls(context)), ...(cert && key ? { cert, key } : {}) }, headers }
}

async function serverTls({ cluster, path }: Context): Promise<Tls> {
  const context = { cluster, path, user: {} }
  const ca = await material(context, cluster["certificate-authority-data"], cluster["certificate-authority"])
  return {
    ...(ca === undefined ? {} : { ca }),
    ...(cluster["tls-server-name"] === undefined ? {} : { servername: cluster["tls-server-name"] }),
    ...(cluster["insecure-skip-tls-verify"] === true ? { rejectUnauthorized: false } : {}),
  }
}

function execAccess(path: string, clock: Clock): (anew: boolean) => Promise<Access> {
  const ask = execPlugin(clock)
  return async (anew) => {
    const context = await readKubeconfig(path)
    const { token, clientCertificateData: cert, clientKeyData: key } = await ask(context, anew)
    return {
      tls: { ...(await serverTls(context)), ...(cert && key ? { cert, key } : {}) },
      headers: token === undefined ? {} : bearer(token),
    }
  }
}

function providerAccess(path: string): () => Promise<Access> {
  return async () => {
    const { KubeConfig } = await import("@kubernetes/client-node")
    const config = new KubeConfig()
    config.loadFromFile(path)
    const options: RequestOptions = {}
    try {
      await config.applyToHTTPSOptions(options)
    } catch (error) {
      throw new KubeFailure("KUBE_UNAUTHORIZED", `the kubeconfig's auth provider failed: ${messageOf(error)}`)
    }
    const { authorization } = Object.fromEntries(
      Object.entries(options.headers ?? {}).map(([name, value]) => [name.toLowerCase(), String(value)]),
    )
    const { cert, key } = options
    const tls = await serverTls(await readKubeconfig(path))
    return {
      tls: { ...tls, ...(cert && key ? { cert: asText(cert), key: asText(key) } : {}) },
      headers: authorization === undefined ? {} : { authorization },
    }
  }
}

function asText(pem: unknown): string {
  return Buffer.isBuffer(pem) ? pem.toString("utf8") : String(pem)
}

function bearer(token: string): { readonly authorization: string } {
  return { authorization: `Bearer ${token.trim()}` }
}

/** Reads at most once in a while, since every request asks, and at once when the API refuses what was read. */
function kept(clock: Clock, read: (anew: boolean) => Promise<Access>): Credentials["access"] {
  let last: { readonly at: number; readonly access: Promise<Access> } | undefined
  return async (refused) => {
    const before = last
    const ours = refused !== undefined && before !== undefined && (await before.access) === refused
    const age = last === undefined ? Infinity : clock.now() - last.at
    // Of several requests that were refused at once, one renews.
    const anew = ours && last === before && age >= renewEveryMs
    if (last && age < keepForMs && !anew) return last.access
    const fresh = { at: clock.now(), access: read(anew) }
    last = fresh
    fresh.access.catch(() => {
      // The next request tries again; this one's caller sees the failure.
      if (last === fresh) last = undefined
    })
    return fresh.access
  }
}
