import type { Configuration } from "../configuration.ts"

type Credentials = Map<string, { username: string; password: string }>

interface DockerConfig {
  readonly auths?: Readonly<Record<string, { username?: string; password?: string; auth?: string }>>
}

/** The users of a pod's `imagePullSecrets`, by registry host. Secrets that are missing or unreadable are left out. */
export async function pullCredentials(
  configuration: Configuration,
  namespace: string,
  names: readonly string[],
  onMissing: (names: readonly string[]) => void,
): Promise<Credentials> {
  const credentials: Credentials = new Map()
  const missing: string[] = []
  for (const name of names) {
    const data = await configuration.secretText(namespace, name, true)
    const whole = data?.get(".dockerconfigjson")
    const auths = whole === undefined ? undefined : (read(whole) as DockerConfig | undefined)?.auths
    const legacy = data?.get(".dockercfg")
    const found = auths ?? (legacy === undefined ? undefined : (read(legacy) as DockerConfig["auths"] | undefined))
    if (found === undefined) missing.push(name)
    for (const [server, entry] of Object.entries(found ?? {})) {
      const [username = "", ...rest] = Buffer.from(entry.auth ?? "", "base64")
        .toString("utf8")
        .split(":")
      const user = { username: entry.username ?? username, password: entry.password ?? rest.join(":") }
      credentials.set(hostOf(server), user)
    }
  }
  if (missing.length > 0) onMissing(missing)
  return credentials
}

/** `https://index.docker.io/v1/` is how docker login writes Docker Hub. */
function hostOf(server: string): string {
  const host = server.replace(/^https?:\/\//, "").replace(/\/.*$/, "")
  return host === "index.docker.io" ? "docker.io" : host
}

function read(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
