import { readFile, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { describeAnswers, liveWeights, queryPrometheus, sampleIngress, share } from "../outside.ts"
import type { Stage } from "../stage.ts"
import { observe } from "../observation.ts"
import type { Step } from "../step.ts"

/** Step 3: load from inside the mesh; all answers come from the stable version. */
export const load: Step = {
  title: "Load",
  needs: ["kubectl"],
  async play(stage) {
    startLoad(stage, ["-c", "2", "-q", "5"])
    const rate = await stage.until("requests of the load test in Prometheus", 30, async () => {
      const [series] = await queryPrometheus(
        stage,
        `sum(rate(${stage.world.telemetry.requests({ fromLoadTest: true })}[10s]))`,
      )
      return series !== undefined && series.value > 5 ? series.value : undefined
    })
    const toCanary = stage.world.telemetry.requests({ side: "canary", fromLoadTest: true })
    const others = await queryPrometheus(stage, `sum(increase(${toCanary}[1m])) > 0`)
    observe(others.length === 0, `other workloads than podinfo-ga answered: ${JSON.stringify(others)}`)
    const answers = await sampleIngress(stage, 60)
    observe(
      share(answers, "0.1.0") === 1 && answers.failures === 0,
      `expected 0.1.0 only, got ${describeAnswers(answers)}`,
    )
    stage.note(
      `${rate.toFixed(1)} requests/s from the load test, all answered by podinfo-ga; through the gateway: ${describeAnswers(answers)}`,
    )
  },
}

/** Replaces the load from the load-test pod. */
function startLoad(stage: Stage, flags: readonly string[]): void {
  stage.load = stage.background("kubectl", [
    "-n",
    "test",
    "exec",
    "-i",
    "loadtest",
    "-c",
    "loadtest",
    "--",
    "sh",
    "-c",
    // Whoever hangs up leaves the program running in the pod, so it watches for that by its input's end.
    `hey -n 1000000 ${flags.join(" ")} http://podinfo.test:9898/version & read end; kill -INT $!; wait`,
  ])
}

export async function raiseLoad(stage: Stage): Promise<void> {
  await stage.load?.endInput()
  startLoad(stage, ["-c", "10", "-q", "10"])
}

export async function stopLoad(stage: Stage): Promise<string> {
  const output = await stage.load?.endInput()
  stage.load = undefined
  return output ?? ""
}

/** A person's clone of the config repo. */
export async function cloneConfig(stage: Stage): Promise<void> {
  await stage.run("git", ["clone", "--quiet", stage.endpoints.configRepo, join(stage.dir, "config")])
}

/** Changes a file of the clone as an editor would, commits and pushes. Answers the commit. */
export async function commitConfig(
  stage: Stage,
  message: string,
  changes: Readonly<Record<string, (text: string) => string>>,
): Promise<string> {
  await stage.git("config", ["pull", "--quiet", "--rebase", "origin", "main"], { quiet: true })
  for (const [path, change] of Object.entries(changes)) {
    const file = join(stage.dir, "config", path)
    const before = await readFile(file, "utf8").catch(() => "")
    const after = change(before)
    observe(after !== before, `the edit of ${path} changed nothing`)
    await writeFile(file, after)
    await stage.git("config", ["add", path], { quiet: true })
  }
  await stage.git("config", ["commit", "--quiet", "-m", message])
  await stage.git("config", ["push", "--quiet", "origin", "HEAD:main"])
  return (await stage.git("config", ["rev-parse", "HEAD"], { quiet: true })).stdout.trim()
}

export const virtualServiceFile = "cluster/podinfo/virtual-service.yaml"

/** Sets the two weights in the text of virtual-service.yaml, as a person does in an editor. */
export const setWeights =
  (ga: number, canary: number) =>
  (text: string): string =>
    text
      .replace(/(subset:\s*ga\b[\s\S]*?weight:\s*)\d+/, `$1${ga}`)
      .replace(/(subset:\s*canary\b[\s\S]*?weight:\s*)\d+/, `$1${canary}`)

/** Step 4: a human moves a tenth of the traffic. */
export const warmUp: Step = {
  title: "Warm-up by hand",
  needs: ["kubectl"],
  async play(stage) {
    await cloneConfig(stage)
    await commitConfig(stage, "Warm up the canary with a tenth of the traffic", {
      [virtualServiceFile]: setWeights(90, 10),
    })
    const pushed = Date.now()
    await stage.until("weights 90/10 in the cluster", 10, async () => {
      const weights = await liveWeights(stage)
      return weights["ga"] === 90 && weights["canary"] === 10 ? true : undefined
    })
    stage.note(`live in the API ${Date.now() - pushed} ms after the push`)
    const answers = await stage.until("both versions", 20, async () => {
      const sampled = await sampleIngress(stage, 300, 60)
      const part = share(sampled, "0.2.0")
      // 10 % of 300 within four standard deviations.
      return sampled.failures === 0 && part > 0.03 && part < 0.17 ? sampled : undefined
    })
    stage.note(`through the gateway: ${describeAnswers(answers)}`)
  },
}

/** Step 5: the dashboards' queries. */
export const look: Step = {
  title: "Look",
  async play(stage) {
    const byService = 'sum(rate(http_requests_total{_weave_service=~"podinfo-.*"}[1m])) by (_weave_service)'
    const lines = await stage.until("two lines", 20, async () => {
      const series = await queryPrometheus(stage, byService)
      return series.filter(({ value }) => value > 0).length === 2 ? series : undefined
    })
    stage.note(lines.map(({ metric, value }) => `${metric["_weave_service"]} ${value.toFixed(2)}/s`).join(", "))
    const buckets = await queryPrometheus(
      stage,
      'sum(rate(http_requests_bucket{_weave_service=~"podinfo-.*"}[10m])) by (le, _weave_service)',
    )
    observe(
      buckets.length > 4 && new Set(buckets.map(({ metric }) => metric["_weave_service"])).size === 2,
      `buckets of two services expected, got ${buckets.length} series`,
    )
    const p99 = async (side: "ga" | "canary") => {
      const query = `histogram_quantile(0.99, sum(rate(${stage.world.telemetry.buckets(side)}[1m])) by (le))`
      return (await queryPrometheus(stage, query))[0]?.value ?? Number.NaN
    }
    const { slow, fast } = await stage.until("0.2.0 to be seen as slow", 40, async () => {
      // One request in 25 is slow: it takes some hundred to see it for sure.
      await sampleIngress(stage, 300, 30)
      const seen = { slow: await p99("canary"), fast: await p99("ga") }
      return seen.slow > 500 && seen.fast < 250 ? seen : undefined
    })
    stage.note(`p99: podinfo-ga ${fast.toFixed(0)} ms, podinfo-canary ${slow.toFixed(0)} ms`)
    const unbalanced = byService.replace("[1m]))", "[1m])))")
    const refused = await stage.serin(["query", unbalanced], { accept: [2] })
    const column = unbalanced.indexOf("[1m])))") + "[1m]))".length + 1
    observe(
      refused.stderr.includes(`1:${column}`) || refused.stderr.includes(`column ${column}`),
      `the unbalanced query should be refused at column ${column}: ${refused.stderr}`,
    )
    stage.note(`one parenthesis too many: ${refused.stderr.split("\n")[0]}`)
  },
}
