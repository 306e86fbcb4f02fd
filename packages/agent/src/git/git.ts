import { spawn } from "node:child_process"
import { chmod, mkdir, readFile, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { rootCertificates } from "node:tls"
import { messageOf, SerinError } from "../errors.ts"
import type { Outbound } from "../outbound/index.ts"
import { displayUrl, isSsh, type Remote } from "./remote.ts"

export interface GitOptions {
  /** Where the agent keeps its clones, keys and certificates; made if need be, readable by nobody else. */
  readonly folder: string
  /** PATH on which `git` and `ssh` are found. */
  readonly path: string
  /** Proxies and authorities for repositories by HTTP; absent: none but the system's. */
  readonly outbound?: Pick<Outbound, "proxyFor" | "authorities">
  /** Ways to a repository, for GIT_ALLOW_PROTOCOL. Default `http:https:ssh`. */
  readonly protocols?: string
}

export interface GitRun {
  readonly args: readonly string[]
  readonly cwd?: string
  readonly input?: string | Buffer
  readonly env?: Readonly<Record<string, string>>
  readonly timeoutMs?: number
}

export interface GitOutput {
  /** Exit code; -1 when ended by the time limit. */
  readonly code: number
  readonly stdout: Buffer
  /** Without any secret. */
  readonly stderr: string
}

/**
 * System git with fixed arguments: no user or system configuration, no prompts, no environment but what is listed here.
 * Credentials reach it by the environment and by files only we may read, never by arguments.
 */
export class Git {
  readonly #options: GitOptions

  constructor(options: GitOptions) {
    this.#options = options
  }

  async run(
    { args, cwd, input, env, timeoutMs = 30_000 }: GitRun,
    secrets: readonly string[] = [],
  ): Promise<GitOutput> {
    return new Promise((resolve, reject) => {
      const child = spawn("git", args, {
        ...(cwd === undefined ? {} : { cwd }),
        env: { ...this.#base(), ...env },
        stdio: ["pipe", "pipe", "pipe"],
        // A group of its own, so that the time limit also ends ssh and git-remote-https.
        detached: true,
      })
      const stdout: Buffer[] = []
      const stderr: Buffer[] = []
      let late = false
      const timer = setTimeout(() => {
        late = true
        if (child.pid !== undefined) process.kill(-child.pid, "SIGTERM")
      }, timeoutMs)
      child.stdout.on("data", (chunk: Buffer) => stdout.push(chunk))
      child.stderr.on("data", (chunk: Buffer) => stderr.push(chunk))
      child.once("error", (error) => {
        clearTimeout(timer)
        const next = "Install git 2.31 or later and put it on the PATH."
        reject(new SerinError("GIT_FAILED", `git cannot be started: ${messageOf(error)}`, { next, retry: "backoff" }))
      })
      child.once("close", (code) => {
        clearTimeout(timer)
        const text = Buffer.concat(stderr).toString("utf8")
        const reason = late ? `${text}\nfatal: timed out after ${timeoutMs} ms` : text
        resolve({ code: late ? -1 : (code ?? -1), stdout: Buffer.concat(stdout), stderr: redact(reason, secrets) })
      })
      // Git may end before it has read everything; its exit code and words say why.
      child.stdin.on("error", () => child.stdin.destroy())
      child.stdin.end(input)
    })
  }

  /** Environment for talking to a remote, and what must not be seen in its output. `name`: for files kept for it. */
  async access(name: string, remote: Remote): Promise<{ env: Record<string, string>; secrets: readonly string[] }> {
    const { auth, ca, url } = remote
    const settings: [string, string][] = []
    const env: Record<string, string> = {}
    const secrets: string[] = []
    const trusted = ca ?? (await this.#trusted())
    if (trusted !== undefined) settings.push(["http.sslCAInfo", await this.#file(`${name}.ca`, trusted)])
    if (!isSsh(url)) settings.push(...(await this.#proxy(name, new URL(url), secrets)))
    if (auth?.kind === "basic") {
      env["SERIN_GIT_USERNAME"] = auth.username
      env["SERIN_GIT_PASSWORD"] = auth.password
      // Bound to this host: a redirect elsewhere gets nothing.
      settings.push([`credential.${new URL(url).origin}.helper`, credentialHelper])
      secrets.push(auth.password, Buffer.from(`${auth.username}:${auth.password}`).toString("base64"))
    }
    if (auth?.kind === "ssh" && isSsh(url)) {
      const key = await this.#file(`${name}.key`, `${auth.privateKey.trim()}\n`)
      const known = await this.#file(`${name}.known_hosts`, `${auth.knownHosts.trim()}\n`)
      env["GIT_SSH_COMMAND"] = sshCommand(key, known)
      env["GIT_SSH_VARIANT"] = "ssh"
    }
    return { env: { ...env, ...asEnvironment([...fixedSettings, ...settings]) }, secrets }
  }

  /** Git takes one file instead of the system's, so that has to be in it. */
  async #trusted(): Promise<string | undefined> {
    const ours = await this.#options.outbound?.authorities()
    return ours === undefined ? undefined : [...(await systemAuthorities()), ours].join("\n")
  }

  /** Said for each address, so that git excludes what the rest of the agent excludes: curl reads NO_PROXY differently. */
  async #proxy(name: string, target: URL, secrets: string[]): Promise<[string, string][]> {
    const proxy = this.#options.outbound?.proxyFor(target)
    if (proxy === undefined) return []
    secrets.push(proxy.password, decodeURIComponent(proxy.password))
    const trusted = proxy.protocol === "https:" ? await this.#trusted() : undefined
    return [
      ["http.proxy", proxy.href],
      // At once rather than after a refusal, as the rest of the agent does.
      ["http.proxyAuthMethod", "basic"],
      ...(trusted === undefined
        ? []
        : ([["http.proxySSLCAInfo", await this.#file(`${name}.proxy-ca`, trusted)]] as [string, string][])),
    ]
  }

  #base(): Record<string, string> {
    return {
      PATH: this.#options.path,
      HOME: this.#options.folder,
      LC_ALL: "C",
      GIT_CONFIG_NOSYSTEM: "1",
      GIT_CONFIG_GLOBAL: "/dev/null",
      GIT_TERMINAL_PROMPT: "0",
      GIT_ASKPASS: "",
      GIT_ALLOW_PROTOCOL: this.#options.protocols ?? "http:https:ssh",
      ...asEnvironment(fixedSettings),
    }
  }

  async #file(name: string, content: string): Promise<string> {
    const folder = join(this.#options.folder, "access")
    await mkdir(folder, { recursive: true, mode: 0o700 })
    const path = join(folder, name)
    await writeFile(path, content, { mode: 0o600 })
    // An existing file keeps its mode when written.
    await chmod(path, 0o600)
    return path
  }
}

/** What git would trust by itself on the systems that we know; else what Node does. */
async function systemAuthorities(): Promise<readonly string[]> {
  try {
    return [await readFile("/etc/ssl/certs/ca-certificates.crt", "utf8")]
  } catch {
    return rootCertificates
  }
}

const fixedSettings: readonly [string, string][] = [
  ["credential.helper", ""],
  ["protocol.version", "2"],
  ["gc.autoDetach", "false"],
  ["core.quotePath", "false"],
  // A host that stops sending is left after half a minute.
  ["http.lowSpeedLimit", "1"],
  ["http.lowSpeedTime", "30"],
]

const credentialHelper =
  '!f() { test "$1" = get && printf "username=%s\\npassword=%s\\n" "$SERIN_GIT_USERNAME" "$SERIN_GIT_PASSWORD"; }; f'

function sshCommand(key: string, knownHosts: string): string {
  const options = [
    "BatchMode=yes",
    "IdentitiesOnly=yes",
    "IdentityAgent=none",
    "StrictHostKeyChecking=yes",
    "GlobalKnownHostsFile=/dev/null",
    `UserKnownHostsFile=${quoteForSsh(knownHosts)}`,
    "ConnectTimeout=10",
    "ServerAliveInterval=10",
    "ServerAliveCountMax=3",
  ]
  return ["ssh", "-F", "/dev/null", "-i", key, ...options.flatMap((option) => ["-o", option])]
    .map(quoteForShell)
    .join(" ")
}

/** ssh splits the value of UserKnownHostsFile at spaces unless it is quoted. */
function quoteForSsh(path: string): string {
  return `"${path}"`
}

function quoteForShell(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`
}

/** Settings as `GIT_CONFIG_COUNT` and its pairs: not visible in a process list, unlike `-c`. */
function asEnvironment(settings: readonly (readonly [string, string])[]): Record<string, string> {
  const pairs = settings.flatMap(([name, value], index) => [
    [`GIT_CONFIG_KEY_${index}`, name],
    [`GIT_CONFIG_VALUE_${index}`, value],
  ])
  return { GIT_CONFIG_COUNT: String(settings.length), ...Object.fromEntries(pairs) }
}

function redact(text: string, secrets: readonly string[]): string {
  let clean = text.replace(/\b(\w+:\/\/)[^\s@/]+@/g, (_whole, scheme: string) => scheme)
  for (const secret of secrets) if (secret !== "") clean = clean.replaceAll(secret, "…")
  return clean
}

export function doing(verb: string, remote: Remote): string {
  return `${verb} ${displayUrl(remote.url)} (branch ${remote.branch})`
}
