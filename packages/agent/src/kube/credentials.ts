import { readFile } from "node:fs/promises"
import { join } from "node:path"
import type { RequestOptions } from "node:https"
import { messageOf } from "../errors.ts"
import type { Clock } from "../runtime/index.ts"
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
  access(): Promise<Access>
}

/** Where a pod finds its service account, and the API by the environment that the kubelet gives it. */
export interface InCluster {
  readonly host: string
  readonly port: string
  /** `/var/run/secrets/kubernetes.io/serviceaccount` */
  readonly folder: string
}

const keepForMs = 10_000

/** Credentials of a pod: certificate authority and a token that the kubelet renews in place. */
export async function inClusterCredentials({ host, port, folder }: InCluster, clock: Clock): Promise<Credentials> {
  const ca = await readFile(join(folder, "ca.crt"), "utf8")
  const address = host.includes(":") ? `[${host}]` : host
  return {
    server: `https://${address}:${port}`,
    access: kept(clock, async () => ({ tls: { ca }, headers: bearer(await readFile(join(folder, "token"), "utf8")) })),
  }
}

/**
 * Credentials of a kubeconfig's current context. Files, tokens, certificates and passwords are read here; exec plugins and
 * auth providers by `@kubernetes/client-node`, loaded only then: it costs 80 MB of memory.
 */
export async function kubeconfigCredentials(path: string, clock: Clock): Promise<Credentials> {
  const context = await readKubeconfig(path)
  const { user } = context
  const server = context.cluster.server.replace(/\/+$/, "")
  if (user.exec !== undefined || user["auth-provider"] !== undefined) {
    return { server, access: kept(clock, await pluginAccess(context)) }
  }
  return { server, access: kept(clock, () => plainAccess(context)) }
}

async function plainAccess(context: Context): Promise<Access> {
  const { user } = context
  const cert = await material(context, user["client-certificate-data"], user["client-certificate"])
  const key = await material(context, user["client-key-data"], user["client-key"])
  const token = user.token ?? (await material(context, undefined, user.tokenFile))
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

async function pluginAccess(context: Context): Promise<() => Promise<Access>> {
  const { KubeConfig } = await import("@kubernetes/client-node")
  const config = new KubeConfig()
  config.loadFromFile(context.path)
  return async () => {
    const options: RequestOptions = {}
    try {
      await config.applyToHTTPSOptions(options)
    } catch (error) {
      // A plugin's own words, which are about logging in, not the token it would have printed.
      throw new KubeFailure("KUBE_UNAUTHORIZED", `the kubeconfig's credential plugin failed: ${messageOf(error)}`)
    }
    const { authorization } = Object.fromEntries(
      Object.entries(options.headers ?? {}).map(([name, value]) => [name.toLowerCase(), String(value)]),
    )
    const { cert, key } = options
    return {
      tls: { ...(await serverTls(context)), ...(cert && key ? { cert: asText(cert), key: asText(key) } : {}) },
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

/** Reads at most once in a while: every request asks. */
function kept(clock: Clock, read: () => Promise<Access>): () => Promise<Access> {
  let last: { readonly at: number; readonly access: Promise<Access> } | undefined
  return () => {
    const now = clock.now()
    if (last && now - last.at < keepForMs) return last.access
    const fresh = { at: now, access: read() }
    last = fresh
    fresh.access.catch(() => {
      // The next request tries again; this one's caller sees the failure.
      if (last === fresh) last = undefined
    })
    return fresh.access
  }
}
