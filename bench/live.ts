// How long a `git push` takes to be live in the API by webhook, and how long drift lives. Both are seen by a watch of the API, not
// by asking again and again.
import { spawn } from "node:child_process"
import { startTestWorld, type TestWorld } from "../test/e2e/world.ts"
import { installAndConnect, firstSync } from "../packages/cli/src/story/steps/connect.ts"
import { cloneConfig, commitConfig, setWeights, virtualServiceFile } from "../packages/cli/src/story/steps/traffic.ts"

const runs = 20
/** The same drift for the fifth time is taken for another controller's work and waited for, which is not measured here. */
const driftRuns = 4
const limitMs = 20_000

/** Calls back with the canary's live weight at each change, as `kubectl get -w` prints it. */
function watchWeight(world: TestWorld, onWeight: (weight: number | undefined, at: number) => void): () => void {
  const columns = 'jsonpath={.metadata.deletionTimestamp}|{.spec.http[0].route[1].weight}{"\\n"}'
  const child = spawn("kubectl", ["-n", "test", "get", "virtualservice", "podinfo", "-w", "-o", columns], {
    env: { ...process.env, KUBECONFIG: world.kubeconfig },
    stdio: ["ignore", "pipe", "inherit"],
  })
  let rest = ""
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    const lines = (rest + text).split("\n")
    rest = lines.pop() ?? ""
    for (const line of lines) onWeight(Number(line.split("|")[1] ?? "0"), performance.now())
  })
  return () => child.kill()
}

function percentile(values: readonly number[], part: number): string {
  const sorted = values.toSorted((a, b) => a - b)
  return (sorted[Math.min(sorted.length - 1, Math.ceil(part * sorted.length) - 1)] ?? Number.NaN).toFixed(0)
}

const world = await startTestWorld()
try {
  await installAndConnect.play(world.stage)
  await firstSync.play(world.stage)
  await cloneConfig(world.stage)
  let seen: { weight: number | undefined; at: number } = { weight: undefined, at: 0 }
  let wake: () => void = () => undefined
  const stop = watchWeight(world, (weight, at) => {
    seen = { weight, at }
    wake()
  })
  const untilWeight = async (weight: number): Promise<number> => {
    const deadline = performance.now() + limitMs
    while (seen.weight !== weight) {
      if (performance.now() > deadline) throw new Error(`weight ${weight} was not seen within ${limitMs} ms`)
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, 1_000)
        wake = () => {
          clearTimeout(timer)
          resolve()
        }
      })
    }
    return seen.at
  }
  await untilWeight(0)
  const pushes: number[] = []
  for (let run = 1; run <= runs; run += 1) {
    const weight = (run % 2) * 10 + 5
    await commitConfig(world.stage, `Weight ${weight}`, { [virtualServiceFile]: setWeights(100 - weight, weight) })
    const pushed = performance.now()
    pushes.push(Math.max(0, (await untilWeight(weight)) - pushed))
  }
  const undone: number[] = []
  const wanted = seen.weight ?? 0
  for (let run = 0; run < driftRuns; run += 1) {
    const patch = JSON.stringify([{ op: "replace", path: "/spec/http/0/route/1/weight", value: 50 + run }])
    await world.stage.kubectl(["-n", "test", "patch", "virtualservice", "podinfo", "--type=json", "-p", patch], {
      quiet: true,
    })
    const drifted = await untilWeight(50 + run)
    undone.push((await untilWeight(wanted)) - drifted)
  }
  stop()
  console.log(
    `git push returned → live in the API, ms:  median ${percentile(pushes, 0.5)}, p95 ${percentile(pushes, 0.95)} of ${runs} (limit 1000)`,
  )
  console.log(
    `drift seen in the API → undone, ms:       median ${percentile(undone, 0.5)}, worst ${percentile(undone, 1)} of ${driftRuns} (limit 1000)`,
  )
} finally {
  await world.close()
}
