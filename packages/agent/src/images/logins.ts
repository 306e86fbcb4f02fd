import { valueAt } from "@serin/core"
import { z } from "zod"
import type { KubeClient, KubeObject } from "../kube/index.ts"
import type { Log } from "../runtime/index.ts"
import type { Login } from "../registry/index.ts"
import type { RepositoryKey } from "../source/repository.ts"
import { secretNames, type ImageUse } from "./uses.ts"

interface Secret extends KubeObject {
  readonly data?: Readonly<Record<string, string>>
}

const dockerConfig = z.object({
  auths: z.record(
    z.string(),
    z.object({ username: z.string().optional(), password: z.string().optional(), auth: z.string().optional() }),
  ),
})

/** The login for a registry in a `kubernetes.io/dockerconfigjson` Secret; undefined when it has none. */
export function loginIn(secret: Secret, registry: string): Login | undefined {
  const encoded = secret.data?.[".dockerconfigjson"]
  if (encoded === undefined) return undefined
  const parsed = dockerConfig.safeParse(jsonOf(Buffer.from(encoded, "base64").toString("utf8")))
  if (!parsed.success) return undefined
  const entry = Object.entries(parsed.data.auths).find(([server]) => hostOf(server) === registry)?.[1]
  if (entry === undefined) return undefined
  const [username, password] =
    entry.auth === undefined
      ? [entry.username, entry.password]
      : splitAuth(Buffer.from(entry.auth, "base64").toString())
  return username === undefined || password === undefined ? undefined : { username, password }
}

function splitAuth(text: string): [string, string] | [undefined, undefined] {
  const colon = text.indexOf(":")
  return colon < 0 ? [undefined, undefined] : [text.slice(0, colon), text.slice(colon + 1)]
}

/** `https://index.docker.io/v1/` and `docker.io` are the same registry. */
function hostOf(server: string): string {
  const host = server.replace(/^https?:\/\//, "").replace(/\/.*$/, "")
  return host === "index.docker.io" || host === "registry-1.docker.io" ? "docker.io" : host
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

/**
 * The login with which a registry is asked about an image: from the pull secrets of the workloads that use it, read in the
 * name of their Repository's account. A Secret that cannot be read is said in the log, and the next one is tried.
 */
export async function loginFor(
  registry: string,
  uses: readonly ImageUse[],
  kubeFor: (key: RepositoryKey) => KubeClient,
  log: Log,
): Promise<Login | undefined> {
  const seen = new Set<string>()
  for (const use of uses) {
    const kube = kubeFor(use.repositoryKey)
    const account = `${use.repositoryKey} ${use.namespace} account ${use.serviceAccount}`
    const names = [...use.pullSecrets]
    if (!seen.has(account)) {
      seen.add(account)
      names.push(...(await secretsOfAccount(kube, use)))
    }
    for (const name of names) {
      const key = `${use.repositoryKey} ${use.namespace} ${name}`
      if (seen.has(key)) continue
      seen.add(key)
      const secret = await kube.get<Secret>({ apiVersion: "v1", kind: "Secret", namespace: use.namespace, name })
      if (!secret.ok) log("pull secret not read", { namespace: use.namespace, name, error: secret.error.message })
      const login = secret.ok ? loginIn(secret.value, registry) : undefined
      if (login !== undefined) return login
    }
  }
  return undefined
}

async function secretsOfAccount(kube: KubeClient, { namespace, serviceAccount }: ImageUse): Promise<string[]> {
  const account = await kube.get<KubeObject>({
    apiVersion: "v1",
    kind: "ServiceAccount",
    namespace,
    name: serviceAccount,
  })
  // An account that is not there yet has no pull secrets either; pods wait for it, and so may we.
  return account.ok ? secretNames(valueAt(account.value, ["imagePullSecrets"])) : []
}
