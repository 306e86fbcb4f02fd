import { chmod, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { configLog, liveWeights } from "../outside.ts"
import { observe } from "../observation.ts"
import type { Step } from "../step.ts"
import { stopLoad } from "./traffic.ts"

/** Step 12: `git revert` of the latest commit wins over the engine, which yields and says so. */
export const humanRollback: Step = {
  title: "Rollback by a human",
  needs: ["kubectl"],
  async play(stage) {
    const [latest] = await configLog(stage)
    observe(latest !== undefined, "the config repo has no commit")
    await stage.git("config", ["pull", "--quiet", "--rebase", "origin", "main"], { quiet: true })
    await stage.git("config", ["revert", "--no-edit", latest.id])
    await stage.git("config", ["push", "--quiet", "origin", "HEAD:main"])
    const reverted = (await stage.git("config", ["rev-parse", "HEAD"], { quiet: true })).stdout.trim()
    await stage.until("the revert applied", 20, async () => {
      const { stdout } = await stage.kubectl(["-n", "serin-system", "get", "repositories.serin.dev", "-o", "json"], {
        quiet: true,
      })
      return stdout.includes(reverted) ? true : undefined
    })
    const status = await stage.until("a paused canary that says why", 20, async () => {
      const { stdout } = await stage.serin(["canary", "status", "podinfo", "-n", "test", "-o", "json"], { quiet: true })
      const canary = JSON.parse(stdout) as { phase: string; message: string }
      return canary.phase === "Paused" ? canary : undefined
    })
    stage.note(`the engine yields: ${status.message}`)
    const { stdout: state } = await stage.kubectl(
      ["-n", "test", "get", "deliveries.serin.dev", "podinfo", "-o", "jsonpath={.spec.phase}"],
      { quiet: true },
    )
    stage.note(`phase in the cluster: ${state}`)
    const onTop = (await configLog(stage)).filter(({ id }) => id !== reverted)[0]
    observe(
      onTop?.id === latest.id || (await configLog(stage)).some(({ id }) => id === reverted),
      "the revert is not in the history any more",
    )
  },
}

/** Step 13: what is changed past Git does not stay. */
export const drift: Step = {
  title: "Drift",
  needs: ["kubectl"],
  async play(stage) {
    const wanted = await liveWeights(stage)
    const editor = join(stage.dir, "editor.sh")
    await writeFile(editor, "#!/bin/sh\nsed -i 's/weight: [0-9][0-9]*/weight: 50/' \"$1\"\n")
    await chmod(editor, 0o755)
    await stage.kubectl(["-n", "test", "edit", "virtualservice", "podinfo"], { env: { KUBE_EDITOR: editor } })
    const edited = Date.now()
    await stage.until("the weights of Git again", 5, async () =>
      JSON.stringify(await liveWeights(stage)) === JSON.stringify(wanted) ? true : undefined,
    )
    stage.note(`an edit was undone ${Date.now() - edited} ms after kubectl returned`)
    await stage.kubectl(["-n", "test", "delete", "virtualservice", "podinfo"])
    const deleted = Date.now()
    await stage.until("the VirtualService again", 5, async () =>
      JSON.stringify(await liveWeights(stage)) === JSON.stringify(wanted) ? true : undefined,
    )
    stage.note(`a deletion was undone after ${Date.now() - deleted} ms`)
    const recorded = await stage.until("the drift in the history", 10, async () => {
      const { stdout } = await stage.serin(["history", "--kind", "drift", "-o", "json"], { quiet: true })
      return (JSON.parse(stdout) as { subject: string; who: string; reason: string }[]).find(({ subject }) =>
        subject.includes("podinfo"),
      )
    })
    stage.note(`recorded: ${recorded.reason}`)
  },
}

/** Step 14: the history tells it all, and its commits are those of the git host. */
export const audit: Step = {
  title: "Audit",
  async play(stage) {
    const { stdout } = await stage.serin(["history", "-o", "json", "--limit", "100"])
    const entries = JSON.parse(stdout) as {
      kind: string
      who: string
      at: string
      subject: string
      commit?: string
      reason: string
    }[]
    const log = new Set((await configLog(stage)).map(({ id }) => id))
    for (const kind of ["release", "step", "promote", "rollback", "drift"]) {
      observe(
        entries.some((entry) => entry.kind === kind),
        `the history has no entry of kind ${kind}: ${[...new Set(entries.map((entry) => entry.kind))].join(", ")}`,
      )
    }
    for (const entry of entries) {
      observe(
        entry.who !== "" && !Number.isNaN(Date.parse(entry.at)) && entry.reason !== "",
        `an entry lacks who, when or why: ${JSON.stringify(entry)}`,
      )
      observe(
        entry.commit === undefined || log.has(entry.commit),
        `commit ${entry.commit} of the history is not in the config repo`,
      )
    }
    stage.note(`${entries.length} entries, each with who, when and why; their commits are those of the git host`)
    const summary = await stopLoad(stage)
    const statuses = [...summary.matchAll(/\[(\d+)\]\s+(\d+) responses/g)].map(
      ([, code, count]) => `${code} × ${count}`,
    )
    if (statuses.length > 0) stage.note(`the load test saw ${statuses.join(", ")}`)
  },
}
