import { readFile } from "node:fs/promises"
import { text } from "node:stream/consumers"
import { systemNamespace, unreadableEntries, type InstallRequest, type RegistryMirrors } from "@serin/agent"
import { InvalidArgumentError } from "commander"
import { CliError } from "../cli-error.ts"
import { exitCodes } from "../exit-codes.ts"
import { version } from "../version.ts"

/** What `serin install` is told, beside where it prints and applies. */
export interface RequestOptions {
  readonly gitUrl: string
  readonly gitBranch: string
  readonly gitPath: string
  readonly gitKnownHosts?: string
  readonly gitUsername?: string
  readonly gitTokenStdin?: boolean
  readonly name?: string
  readonly platformWide?: boolean
  readonly namespace?: readonly string[]
  readonly tenant?: string
  readonly prometheusUrl?: string
  readonly slackWebhookUrl?: string
  readonly registryMirror?: RegistryMirrors
  readonly webUrl?: string
  readonly hooksUrl?: string
  readonly allowOutbound?: readonly string[]
  readonly hookSecret?: string
  readonly interval?: string
  readonly pushesPerMinute?: number
  readonly cluster: string
  /** False by --no-agent. */
  readonly agent: boolean
  readonly image?: string
  readonly imagePullSecret?: string
  readonly replicas: number
  readonly caBundle?: string
  readonly httpProxy?: string
  readonly httpsProxy?: string
  readonly proxyExceptions?: string
}

export async function requestOf(options: RequestOptions): Promise<InstallRequest> {
  if (!/^(?:(?:ssh|https?):\/\/[^/]+\/.+|[^/@:]+@[^/:]+:.+)$/.test(options.gitUrl)) {
    throw new CliError(
      `"${options.gitUrl}" is no address of a repository`,
      "Write ssh://git@HOST/PATH.git or https://HOST/PATH.git.",
      exitCodes.usage,
    )
  }
  refuseProxyLogin("--http-proxy", "HTTP_PROXY", options.httpProxy)
  refuseProxyLogin("--https-proxy", "HTTPS_PROXY", options.httpsProxy)
  const name = options.name ?? /([^/:]+?)(?:\.git)?\/*$/.exec(options.gitUrl)?.[1]?.toLowerCase() ?? "config"
  const caBundle = options.caBundle === undefined ? undefined : await pemOf(options.caBundle)
  return {
    git: { url: options.gitUrl, branch: options.gitBranch, path: options.gitPath },
    name,
    cluster: options.cluster,
    access: await accessOf(options),
    scope: scopeOf(options),
    ...(options.tenant === undefined ? {} : { tenant: options.tenant }),
    ...(options.agent ? { agent: placementOf(options) } : {}),
    ...(caBundle === undefined ? {} : { caBundle }),
    ...(options.prometheusUrl === undefined ? {} : { prometheusUrl: options.prometheusUrl }),
    ...(options.slackWebhookUrl === undefined ? {} : { slackWebhookUrl: options.slackWebhookUrl }),
    ...(options.registryMirror === undefined ? {} : { registryMirrors: options.registryMirror }),
    ...(options.webUrl === undefined ? {} : { webUrl: options.webUrl }),
    ...(options.hooksUrl === undefined ? {} : { hooksUrl: options.hooksUrl }),
    ...(options.allowOutbound === undefined ? {} : { outboundAllow: options.allowOutbound }),
    ...(options.hookSecret === undefined ? {} : { hookSecret: options.hookSecret }),
    ...(options.interval === undefined ? {} : { interval: options.interval }),
    ...(options.pushesPerMinute === undefined ? {} : { pushesPerMinute: options.pushesPerMinute }),
  }
}

function scopeOf({ platformWide = false, namespace = [], tenant }: RequestOptions): InstallRequest["scope"] {
  if (platformWide && (namespace.length > 0 || (tenant ?? systemNamespace) !== systemNamespace))
    throw new CliError(
      "--platform-wide lets the repository apply anything; a namespace beside it would limit nothing",
      "Leave out --platform-wide, or --namespace and --tenant.",
      exitCodes.usage,
    )
  const namespaces =
    namespace.length === 0 && !platformWide && tenant !== undefined ? [tenant] : [...new Set(namespace)]
  if (!platformWide && namespaces.length === 0)
    throw new CliError(
      "nothing says what the repository may apply",
      "Name each namespace that it may deliver to with --namespace NAME, or let it apply anything with --platform-wide.",
      exitCodes.usage,
    )
  return { platformWide, namespaces }
}

function placementOf(options: RequestOptions): NonNullable<InstallRequest["agent"]> {
  const { httpProxy, httpsProxy, proxyExceptions } = options
  return {
    image: options.image ?? `serin:${version}`,
    replicas: options.replicas,
    ...(options.imagePullSecret === undefined ? {} : { imagePullSecret: options.imagePullSecret }),
    proxy: {
      ...(httpProxy === undefined ? {} : { http: httpProxy }),
      ...(httpsProxy === undefined ? {} : { https: httpsProxy }),
      ...(proxyExceptions === undefined ? {} : { none: proxyExceptions }),
    },
  }
}

/** It would stand in the Deployment, for everybody who may read that. */
function refuseProxyLogin(option: string, variable: string, proxy: string | undefined): void {
  if (proxy === undefined || !/^(?:\w+:\/\/)?[^/]*@/.test(proxy)) return
  const secret = `kubectl -n ${systemNamespace} create secret generic serin-proxy`
  throw new CliError(
    `${option} holds a login, which would be readable in the Deployment`,
    `Leave the option out and put the URL into a Secret: \`${secret} --from-literal=${variable}=URL\`.`,
    exitCodes.usage,
  )
}

async function accessOf(options: RequestOptions): Promise<InstallRequest["access"]> {
  if (/^https?:/.test(options.gitUrl)) {
    if (!options.gitTokenStdin || options.gitUsername === undefined) {
      throw new CliError(
        "a repository over HTTP needs a user and a token",
        "Give --git-username NAME and --git-token-stdin, with the token on standard input.",
        exitCodes.usage,
      )
    }
    return { username: options.gitUsername, token: (await text(process.stdin)).trim() }
  }
  if (options.gitKnownHosts === undefined) {
    throw new CliError(
      "a repository over SSH needs the git host's key",
      "Write it to a file with `ssh-keyscan HOST`, compare it with what the host's owner publishes, and give --git-known-hosts FILE.",
      exitCodes.usage,
    )
  }
  const next = "Write the file with `ssh-keyscan HOST`, and compare it with what the host's owner publishes."
  const knownHosts = await fileOf("--git-known-hosts", options.gitKnownHosts, next)
  if (!/^[^#\s].* (?:ssh|ecdsa|sk)-[\w@.-]+ +AAAA[\w+/=]+/m.test(knownHosts))
    throw new CliError("--git-known-hosts: the file holds no host key", next, exitCodes.usage)
  return { knownHosts }
}

async function pemOf(path: string): Promise<string> {
  const next = "Give a file with certificates in PEM, each between BEGIN CERTIFICATE and END CERTIFICATE."
  const pem = await fileOf("--ca-bundle", path, next)
  if (!/-----BEGIN CERTIFICATE-----[^]+-----END CERTIFICATE-----/.test(pem))
    throw new CliError("--ca-bundle: the file holds no certificate", next, exitCodes.usage)
  return pem
}

async function fileOf(option: string, path: string, next: string): Promise<string> {
  try {
    return await readFile(path, "utf8")
  } catch (error) {
    throw new CliError(`${option}: ${error instanceof Error ? error.message : String(error)}`, next, exitCodes.usage)
  }
}

export function collectMirror(value: string, before: RegistryMirrors | undefined): RegistryMirrors {
  const [, host, endpoint, pattern, replacement] = /^([^=,]+)=(https?:\/\/[^,]+)(?:,(.+)=([^=]*))?$/.exec(value) ?? []
  if (host === undefined || endpoint === undefined)
    throw new InvalidArgumentError(
      "Write HOST=URL or HOST=URL,PATTERN=REPLACEMENT, e.g. docker.io=http://127.0.0.1:5000.",
    )
  return {
    ...before,
    [host]: { endpoint: [endpoint], ...(pattern === undefined ? {} : { rewrite: { [pattern]: replacement ?? "" } }) },
  }
}

export function collectNamespace(value: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), parseNamespace(value)]
}

export function collectOutbound(value: string, before: readonly string[] | undefined): readonly string[] {
  if (value === "" || unreadableEntries(value).length > 0)
    throw new InvalidArgumentError(
      "Write a host (hooks.example.com), names below a domain (*.example.com), an address or a CIDR (10.20.0.0/16), with :PORT or without.",
    )
  return [...(before ?? []), value]
}

export function parseNamespace(value: string): string {
  if (!/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(value))
    throw new InvalidArgumentError("Write the name of a namespace: small letters, digits and dashes.")
  return value
}
