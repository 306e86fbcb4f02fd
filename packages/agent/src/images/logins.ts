import { valueAt, type ImageReference } from "@serin/core"
import { fail, SerinError, type Result } from "../errors.ts"
import type { KubeClient, KubeObject } from "../kube/index.ts"
import type { Log } from "../runtime/index.ts"
import type { Login } from "../registry/index.ts"
import type { RepositoryKey } from "../source/repository.ts"
import { loginsIn, type PullSecret } from "./docker-config.ts"
import { secretNames, type ImageUse } from "./uses.ts"

export interface LoginSources {
  /** Of one image. */
  readonly uses: readonly ImageUse[]
  readonly kubeFor: (key: RepositoryKey) => KubeClient
  readonly log: Log
}

/**
 * Asks a registry about an image with the logins of the pull secrets of the workloads that use it, one after the other until
 * one is taken, as the kubelet does when it pulls. Without any it is asked without. A refusal names the Secrets.
 */
export async function withLogin<T>(
  image: Pick<ImageReference, "registry" | "repository">,
  sources: LoginSources,
  ask: (login: Login | undefined) => Promise<Result<T>>,
): Promise<Result<T>> {
  const refusing: string[] = []
  let refusal: SerinError | undefined
  for await (const { login, secret } of loginsFor(image, sources)) {
    const answered = await ask(login)
    if (answered.ok || answered.error.code !== "REGISTRY_UNAUTHORIZED") return answered
    refusal = answered.error
    refusing.push(`Secret ${secret} (user ${login.username})`)
  }
  if (refusal === undefined) return ask(undefined)
  const message = `${refusal.message} It was asked with the login in ${refusing.join(", then in ")}.`
  const next = `Correct user and password for ${image.registry} there; they are read again by themselves.`
  return fail(new SerinError("REGISTRY_UNAUTHORIZED", message, { cause: refusal, next }))
}

interface Found {
  readonly login: Login
  /** `namespace/name` */
  readonly secret: string
}

/** Read in the name of each Repository's account. A Secret that cannot be read is said in the log, and the next one is tried. */
async function* loginsFor(
  image: Pick<ImageReference, "registry" | "repository">,
  { uses, kubeFor, log }: LoginSources,
): AsyncGenerator<Found> {
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
      const { namespace } = use
      const secret = await kube.get<PullSecret>({ apiVersion: "v1", kind: "Secret", namespace, name })
      if (!secret.ok) {
        log("pull secret not read", { namespace, name, error: secret.error.message })
        continue
      }
      const logins = loginsIn(secret.value, image)
      if (logins === undefined) log("pull secret holds no registry's login that can be read", { namespace, name })
      for (const login of logins ?? []) yield { login, secret: `${namespace}/${name}` }
    }
  }
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
