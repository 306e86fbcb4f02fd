import { afterAll, beforeAll, expect, test } from "vitest"
import { loginCases } from "./agent-logins.ts"
import { startEmbedded } from "./embedded.ts"

// On docker-registry they run with `npm run test:real -- registry`.
let target: Awaited<ReturnType<typeof startEmbedded>>
let prepared: Awaited<ReturnType<typeof loginCases>>
beforeAll(async () => {
  target = await startEmbedded()
  prepared = await loginCases(target)
})
afterAll(async () => {
  await prepared.close()
  await target.close()
})

test("the agent logs in at the embedded registry by image pull secrets", async () => {
  const failed: string[] = []
  for (const { name, run } of prepared.cases) {
    await run().catch((error: unknown) => failed.push(`${name}: ${String(error)}`))
  }
  expect(failed).toEqual([])
  expect(prepared.cases).toHaveLength(9)
})
