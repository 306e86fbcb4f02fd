import { request } from "node:http"
import type { Stage } from "./stage.ts"

/** What the story sees of the world, each by the protocol that a user has: never by the agent's own word. */

/** Host under which the gateway serves podinfo. */
export const podinfoHost = "podinfo.example.com"

export interface Answers {
  /** How often each version answered. */
  readonly versions: ReadonlyMap<string, number>
  readonly failures: number
  readonly total: number
}

/** `count` requests for /version through the ingress gateway, `parallel` at a time. */
export async function sampleIngress(stage: Stage, count: number, parallel = 20): Promise<Answers> {
  const versions = new Map<string, number>()
  let failures = 0
  let next = 0
  const worker = async (): Promise<void> => {
    while (next < count) {
      next += 1
      const version = await askVersion(stage.endpoints.ingress)
      if (version === undefined) failures += 1
      else versions.set(version, (versions.get(version) ?? 0) + 1)
    }
  }
  await Promise.all(Array.from({ length: parallel }, worker))
  return { versions, failures, total: count }
}

export const share = (answers: Answers, version: string): number =>
  (answers.versions.get(version) ?? 0) / Math.max(1, answers.total - answers.failures)

export function describeAnswers(answers: Answers): string {
  const parts = [...answers.versions].sort().map(([version, count]) => `${version} × ${count}`)
  return `${parts.join(", ")}${answers.failures === 0 ? "" : `, failed × ${answers.failures}`}`
}

function askVersion(ingress: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const outgoing = request(
      new URL("/version", ingress),
      { headers: { host: podinfoHost }, timeout: 10_000 },
      (response) => {
        let text = ""
        response.setEncoding("utf8").on("data", (chunk: string) => (text += chunk))
        response.on("end", () =>
          resolve(response.statusCode === 200 ? /"version":\s*"([^"]+)"/.exec(text)?.[1] : undefined),
        )
        response.on("error", () => resolve(undefined))
      },
    )
    outgoing.on("timeout", () => outgoing.destroy())
    outgoing.on("error", () => resolve(undefined))
    outgoing.end()
  })
}

export interface Series {
  readonly metric: Readonly<Record<string, string>>
  readonly value: number
}

/** An instant query of Prometheus' own HTTP API. */
export async function queryPrometheus(stage: Stage, query: string): Promise<Series[]> {
  const answer = await getJson(`${stage.endpoints.prometheus}/api/v1/query?query=${encodeURIComponent(query)}`)
  const { data } = answer as { data: { result: { metric: Record<string, string>; value: [number, string] }[] } }
  return data.result.map(({ metric, value }) => ({ metric, value: Number(value[1]) }))
}

export async function getJson(url: string): Promise<unknown> {
  const response = await fetch(url, { signal: AbortSignal.timeout(10_000) })
  if (!response.ok)
    throw new Error(`${new URL(url).pathname} answered ${response.status}: ${(await response.text()).slice(0, 200)}`)
  return response.json()
}

export async function registryTags(stage: Stage, repository: string): Promise<readonly string[]> {
  const answer = (await getJson(`${stage.endpoints.registry}/v2/${repository}/tags/list`)) as { tags: string[] | null }
  return answer.tags ?? []
}

/** Text of the messages in the Slack channel, oldest first. */
export async function slackMessages(stage: Stage): Promise<readonly string[]> {
  const messages = (await getJson(`${stage.endpoints.slack}/messages`)) as { text: string; payload: unknown }[]
  return messages.map(({ text, payload }) => `${text} ${JSON.stringify(payload)}`)
}

/** A message as a line of the story shows it. */
export function firstLine(message: string): string {
  return (message.split("\n")[0] ?? "").slice(0, 140)
}

/** Weight of each subset in the live VirtualService, by kubectl. */
export async function liveWeights(stage: Stage): Promise<Record<string, number>> {
  const { stdout } = await stage.kubectl(["-n", "test", "get", "virtualservice", "podinfo", "-o", "json"], {
    quiet: true,
  })
  return weightsOf(JSON.parse(stdout))
}

export function weightsOf(virtualService: unknown): Record<string, number> {
  const { spec } = virtualService as {
    spec: { http: { route: { destination: { subset?: string }; weight?: number }[] }[] }
  }
  return Object.fromEntries(
    (spec.http[0]?.route ?? []).map(({ destination, weight }) => [destination.subset ?? "", weight ?? 0]),
  )
}

/** Image of a Deployment's first container in the cluster. */
export async function liveImage(stage: Stage, deployment: string): Promise<string> {
  const { stdout } = await stage.kubectl(
    ["-n", "test", "get", "deployment", deployment, "-o", "jsonpath={.spec.template.spec.containers[0].image}"],
    { quiet: true },
  )
  return stdout
}

export interface Commit {
  readonly id: string
  readonly author: string
  readonly subject: string
  readonly body: string
}

/** Commits of the config repo's branch on the git host, newest first, as a fresh fetch of the clone shows them. */
export async function configLog(stage: Stage): Promise<Commit[]> {
  await stage.git("config", ["fetch", "--quiet", "origin", "main"], { quiet: true })
  const { stdout } = await stage.git("config", ["log", "--format=%H%x1f%an%x1f%s%x1f%b%x1e", "origin/main"], {
    quiet: true,
  })
  return stdout
    .split("\x1e")
    .map((record) => record.trim().split("\x1f"))
    .filter(([id]) => id !== undefined && id !== "")
    .map(([id = "", author = "", subject = "", body = ""]) => ({ id, author, subject, body }))
}

/** Weight of the canary subset that the VirtualService in Git had at each commit since `since`, oldest first. */
export async function committedWeights(stage: Stage, since: string): Promise<number[]> {
  const { stdout } = await stage.git("config", ["rev-list", "--reverse", `${since}..origin/main`], { quiet: true })
  const weights: number[] = []
  for (const commit of stdout.trim().split("\n").filter(Boolean)) {
    const { stdout: text } = await stage.git("config", ["show", `${commit}:cluster/podinfo/virtual-service.yaml`], {
      quiet: true,
    })
    const weight = Number(/subset:\s*canary[\s\S]*?weight:\s*(\d+)/.exec(text)?.[1])
    if (weights.at(-1) !== weight) weights.push(weight)
  }
  return weights
}
