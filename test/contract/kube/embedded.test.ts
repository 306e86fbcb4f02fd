import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { startEmbedded, type EmbeddedTarget } from "./embedded.ts"
import { golden } from "./golden.ts"
import { whyNoKubectl } from "./kubectl-binary.ts"
import { prepare, runCase } from "./run.ts"
import { suites } from "./suites.ts"

const without = whyNoKubectl()
if (without !== undefined) console.warn(`Cases with kubectl are skipped: ${without}.`)

let target: EmbeddedTarget
beforeAll(async () => {
  target = await startEmbedded({ kubectl: without === undefined })
  await prepare(target)
})
afterAll(() => target.close())

for (const { name: suite, cases } of suites) {
  describe(`kube ${suite}`, () => {
    for (const [name, value] of Object.entries(cases)) {
      test.skipIf(without !== undefined && value.needs.includes("kubectl"))(name, async () => {
        const outcome = await runCase({ suite, name, case: value }, target, ["kubectl"])
        expect("transcript" in outcome ? outcome.transcript : outcome.skipped).toBe(golden({ suite, name }))
      })
    }
  })
}
