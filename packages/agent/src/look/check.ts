import type { CheckResult } from "../api/types.ts"
import type { KubeClient } from "../kube/index.ts"
import type { Repositories, SyncStates } from "../parts.ts"
import type { PrometheusClient } from "../prometheus/index.ts"
import { checkOutbound } from "./outbound.ts"
import { signingSecrets } from "./receivers.ts"
import { bad, good } from "./result.ts"
import { checkImages, type ImageListing } from "./images.ts"
import { checkAgentRights, checkApplyRights } from "./rights.ts"
import { checkSeries } from "./series.ts"

export interface CheckParts {
  readonly kube: KubeClient
  readonly repositories: Repositories
  readonly sync: SyncStates
  readonly prometheus: PrometheusClient
  readonly images: readonly ImageListing[]
  /** What gates and hooks of canaries may call. */
  readonly outboundAllow: string
  /** Unix milliseconds. */
  readonly now: number
}

/** Tries what the agent needs, and says the next step for what is wrong. */
export async function checkAll(parts: CheckParts): Promise<CheckResult[]> {
  const [cluster, rights, prometheus, series, pushes, applying, secrets, outbound] = await Promise.all([
    checkCluster(parts),
    checkAgentRights(parts),
    checkPrometheus(parts),
    checkSeries(parts),
    checkPushes(parts),
    checkApplyRights(parts),
    checkSecrets(parts),
    checkOutbound(parts),
  ])
  const repositories = checkRepositories(parts)
  const images = checkImages(parts.images)
  return [cluster, rights, prometheus, series, repositories, pushes, applying, secrets, outbound, images].flat()
}

async function checkCluster({ kube }: CheckParts): Promise<CheckResult[]> {
  const needed = [
    { apiVersion: "serin.dev/v1alpha1", kind: "Repository" },
    { apiVersion: "serin.dev/v1alpha1", kind: "Canary" },
    { apiVersion: "serin.dev/v1alpha1", kind: "Delivery" },
    { apiVersion: "networking.istio.io/v1", kind: "VirtualService" },
    { apiVersion: "apps/v1", kind: "Deployment" },
  ]
  return Promise.all(
    needed.map(async (kind) => {
      const listed = await kube.list(kind)
      return listed.ok
        ? good(`cluster: ${kind.kind}`, `${listed.value.items.length} seen`)
        : bad(`cluster: ${kind.kind}`, listed.error)
    }),
  )
}

async function checkPrometheus({ prometheus, now }: CheckParts): Promise<CheckResult[]> {
  const answer = await prometheus.instant("count(up)", now)
  if (!answer.ok) return [bad("prometheus", answer.error)]
  const [series] = answer.value
  return [
    good(
      "prometheus",
      series === undefined
        ? "answers; it scrapes nothing yet"
        : `answers; it scrapes ${series.value} ${series.value === 1 ? "target" : "targets"}`,
    ),
  ]
}

function checkRepositories({ repositories, sync }: CheckParts): CheckResult[] {
  const all = repositories.list()
  if (all.length === 0)
    return [
      {
        name: "repository",
        ok: false,
        message: "no repository is connected",
        next: "Connect one with `serin install --git-url …`.",
      },
    ]
  return all.map(({ metadata }) => {
    const key = `${metadata.namespace ?? ""}/${metadata.name}`
    const { ready, message } = sync.of(key)
    return ready ? good(`repository ${key}`, message) : { name: `repository ${key}`, ok: false, message }
  })
}

/** A key that may only read is found here rather than at the first step of a canary. */
function checkPushes({ repositories }: CheckParts): Promise<CheckResult[]> {
  return Promise.all(
    repositories.list().map(async ({ metadata }) => {
      const key = `${metadata.namespace}/${metadata.name}`
      const pushed = await repositories.mayPush(key)
      return pushed.ok
        ? good(`push to ${key}`, "is allowed, as far as a dry run tells")
        : bad(`push to ${key}`, pushed.error)
    }),
  )
}

/** Secrets that a Repository or its canaries name have to be there before a message or webhook needs them. */
async function checkSecrets({ kube, repositories }: CheckParts): Promise<CheckResult[]> {
  const wanted = repositories.list().flatMap(({ metadata: { namespace, name }, spec }) => {
    const ofCanaries = signingSecrets(repositories.head(`${namespace}/${name}`)?.manifests ?? [])
    const own = [...(spec.notify ?? []).map(({ secretRef }) => secretRef), spec.hooks?.secretRef, spec.auth?.secretRef]
    return [...own.flatMap((ref) => ref?.name ?? []), ...ofCanaries].map((secret) => ({ namespace, name: secret }))
  })
  return Promise.all(
    wanted.map(async ({ namespace, name }) => {
      const secret = await kube.get({ apiVersion: "v1", kind: "Secret", namespace, name })
      return secret.ok
        ? good(`secret ${namespace}/${name}`, "is there")
        : bad(`secret ${namespace}/${name}`, secret.error)
    }),
  )
}
