import { SerinError } from "../errors.ts"

/** Where a config repository is, and what opens it. */
export interface Remote {
  /** `https://…`, `http://…`, `ssh://…` or `git@host:path`, without credentials. */
  readonly url: string
  readonly branch: string
  readonly auth?: BasicAuth | SshAuth
  /** `namespace/name` of the Secret that `auth` and `ca` are from, for messages. */
  readonly secret?: string
  /** PEM certificates that the host's certificate is checked against, instead of the system's. */
  readonly ca?: string
}

export interface BasicAuth {
  readonly kind: "basic"
  /** Hosts that take tokens mostly ignore it. */
  readonly username: string
  /** A password or token. */
  readonly password: string
}

export interface SshAuth {
  readonly kind: "ssh"
  /** OpenSSH or PEM, without passphrase. */
  readonly privateKey: string
  /** Lines of a known_hosts file: the only hosts that are spoken to. */
  readonly knownHosts: string
}

/** Throws CONFIG_INVALID when git must not be given this: everything here ends up on a command line. */
export function checkRemote(remote: Remote): void {
  const problem = remoteProblem(remote)
  if (problem) throw new SerinError("CONFIG_INVALID", problem)
}

function remoteProblem({ url, branch, auth }: Remote): string | undefined {
  if (!/^[\w./-]+$/.test(branch) || /^[-/.]|\.\.|\/\/|\/$|\.lock$/.test(branch)) {
    return `spec.branch "${branch}" is not a branch name`
  }
  const ssh = isSsh(url)
  if (!ssh && !/^(https?|file):\/\/[^-]/.test(url)) {
    return "spec.url is none of https://…, ssh://… and git@host:path"
  }
  if (!ssh && URL.canParse(url) && (new URL(url).username !== "" || new URL(url).password !== "")) {
    return "spec.url holds credentials: put them into the Secret that spec.auth.secretRef names"
  }
  if (ssh && auth?.kind !== "ssh") return "spec.url is reached by SSH, and its Secret has no key `identity`"
  if (auth?.kind === "ssh" && auth.knownHosts.trim() === "")
    return "the Secret has no `known_hosts`, so the host could not be told from an impostor"
  if (auth?.kind === "basic" && /[\r\n\0]/.test(auth.username + auth.password))
    return "username or password holds a line break"
  return undefined
}

export function isSsh(url: string): boolean {
  return url.startsWith("ssh://") || /^[\w.-]+@[\w.-]+:(?!\/\/)/.test(url)
}

/** The URL for messages: never with credentials, also where someone put them against the rules. */
export function displayUrl(url: string): string {
  return url.replace(/^(\w+:\/\/)[^@/]*@(?=[^/])/, (whole, scheme: string) => (isSsh(url) ? whole : scheme))
}
