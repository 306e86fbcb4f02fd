import {
  committedWeights,
  configLog,
  describeAnswers,
  firstLine,
  liveImage,
  liveWeights,
  queryPrometheus,
  sampleIngress,
  share,
  slackMessages,
} from "../outside.ts"
import type { Stage } from "../stage.ts"
import { observe } from "../observation.ts"
import type { Step } from "../step.ts"
import { tagApp, untilBuilt } from "./release.ts"
import { raiseLoad } from "./traffic.ts"

const steps = [10, 30, 60, 100]

/** Share of the load test's requests that the canary got in the last seconds, by its own proxy's count. */
async function canaryShare(stage: Stage): Promise<number | undefined> {
  const to = async (side: "ga" | "canary") => {
    const requests = stage.world.telemetry.requests({ side, fromLoadTest: true })
    const [series] = await queryPrometheus(stage, `sum(rate(${requests}[4s]))`)
    return series?.value ?? 0
  }
  const [ga, canary] = await Promise.all([to("ga"), to("canary")])
  return ga + canary === 0 ? undefined : canary / (ga + canary)
}

/** Two standard deviations of a share among the some 300 requests that the window holds at least, and half a point. */
const tolerance = (part: number): number => 2 * Math.sqrt((part * (1 - part)) / 300) + 0.005

/** Step 9: the engine shifts, each step one commit, each seen in the traffic. */
export const shift: Step = {
  title: "Shift",
  needs: ["kubectl"],
  async play(stage) {
    const release = stage.memory.get("release") ?? ""
    await raiseLoad(stage)
    for (const weight of steps) {
      await stage.until(`weight ${weight} in the cluster`, 60, async () =>
        (await liveWeights(stage))["canary"] === weight ? true : undefined,
      )
      const seen = await stage.until(`about ${weight} % of the traffic`, 20, async () => {
        const part = await canaryShare(stage)
        return part !== undefined && Math.abs(part - weight / 100) < tolerance(weight / 100) ? part : undefined
      })
      stage.note(`weight ${weight}: the canary gets ${(seen * 100).toFixed(1)} % of the load test's requests`)
    }
    await configLog(stage)
    const committed = (await committedWeights(stage, release)).filter((weight) => weight > 0)
    observe(
      JSON.stringify(committed.slice(0, steps.length)) === JSON.stringify(steps),
      `the steps in Git are ${committed.join(" → ")}, expected ${steps.join(" → ")}`,
    )
    stage.note(`commits: ${committed.slice(0, steps.length).join(" → ")}`)
  },
}

/** Step 10: the stable side takes over the image, then gets the traffic back. */
export const promote: Step = {
  title: "Promote",
  needs: ["kubectl"],
  async play(stage) {
    await stage.until("podinfo:0.2.1 on the stable side", 60, async () =>
      (await liveImage(stage, "podinfo-ga")).startsWith("podinfo:0.2.1") ? true : undefined,
    )
    await stage.kubectl(["-n", "test", "rollout", "status", "deployment/podinfo-ga", "--timeout=60s"], {
      timeout: 70_000,
    })
    await stage.until("weights back at 100/0", 60, async () => {
      const weights = await liveWeights(stage)
      return weights["ga"] === 100 && weights["canary"] === 0 ? true : undefined
    })
    const answers = await stage.until("only 0.2.1", 15, async () => {
      const sampled = await sampleIngress(stage, 60)
      return share(sampled, "0.2.1") === 1 && sampled.failures === 0 ? sampled : undefined
    })
    stage.note(`through the gateway: ${describeAnswers(answers)}`)
    const message = await stage.until("a Slack message about the promotion", 20, async () =>
      (await slackMessages(stage)).find((text) => /promot/i.test(text) && text.includes("0.2.1")),
    )
    stage.note(`Slack: ${firstLine(message)}`)
  },
}

/** Step 11: a policy releases a bad version; it is taken back by a commit and not tried again. */
export const badRelease: Step = {
  title: "A bad release",
  needs: ["kubectl"],
  async play(stage) {
    await stage.serin([
      "automate",
      "deployment/podinfo-canary",
      "-n",
      "test",
      "--tag",
      "semver:~0.2",
      "--reason",
      "the engine has earned it",
    ])
    await tagApp(stage, "0.2.2", "Cache the answers")
    await untilBuilt(stage, "0.2.2")
    const release = await stage.until("the policy's release of 0.2.2", 40, async () =>
      (await configLog(stage)).find(({ subject }) => subject === "Release podinfo-canary 0.2.2"),
    )
    stage.note(`released by policy: ${release.id.slice(0, 8)}`)
    await stage.until("weight 10 in the cluster", 40, async () =>
      (await liveWeights(stage))["canary"] === 10 ? true : undefined,
    )
    await stage.until("weight 0 after failed checks", 60, async () =>
      (await liveWeights(stage))["canary"] === 0 ? true : undefined,
    )
    const rollback = await stage.until("the commit of the rollback", 20, async () =>
      (await configLog(stage)).find(({ subject }) => /roll(?:ed)? ?back/i.test(subject)),
    )
    stage.note(`rolled back by ${rollback.id.slice(0, 8)}: ${rollback.subject}`)
    await stage.until("0.2.2 in the rejected list", 20, async () => {
      const { stdout } = await stage.kubectl(
        ["-n", "test", "get", "deliveries.serin.dev", "podinfo", "-o", "jsonpath={.spec.rejected[*].tag}"],
        { quiet: true },
      )
      return stdout.split(" ").includes("0.2.2") ? true : undefined
    })
    const message = await stage.until("a Slack message with metric, value and limit", 20, async () =>
      (await slackMessages(stage)).find(
        (text) => text.includes("0.2.2") && /success-rate/.test(text) && /\b99\b/.test(text),
      ),
    )
    stage.note(`Slack: ${firstLine(message)}`)
    await stage.until("the old image on the canary again", 40, async () =>
      (await liveImage(stage, "podinfo-canary")).startsWith("podinfo:0.2.1") ? true : undefined,
    )
    await stage.serin(["sync"], { quiet: true })
    const releases = (await configLog(stage)).filter(({ subject }) => subject === "Release podinfo-canary 0.2.2")
    observe(releases.length === 1, `0.2.2 was released ${releases.length} times`)
  },
}
