import { rm } from "node:fs/promises"
import { afterEach, expect, test, vi } from "vitest"
import { startTestWorld, type TestWorld } from "./world.ts"

let world: TestWorld | undefined
afterEach(async () => {
  await world?.close()
  if (world !== undefined) await rm(world.dataDir, { recursive: true, force: true })
})

type Samples = readonly (readonly [number, string])[]

/** What the world's Prometheus has of the ingress gateway's scrapes. */
async function scrapes({ endpoints }: TestWorld): Promise<Samples> {
  const query = encodeURIComponent('up{job="istio-ingressgateway"}[1h]')
  const response = await fetch(`${endpoints.prometheus}/api/v1/query?query=${query}`)
  const answer = (await response.json()) as { data: { result: { values: Samples }[] } }
  return answer.data.result[0]?.values ?? []
}

test("a world that was killed has, started again on its folder, the series from before", async () => {
  const killed = await startTestWorld()
  world = killed
  await vi.waitFor(async () => expect((await scrapes(killed)).length).toBeGreaterThan(3), { timeout: 30_000 })
  const before = await scrapes(killed)
  await killed.kill()

  const again = await startTestWorld({ dataDir: killed.dataDir })
  world = again
  expect((await scrapes(again)).slice(0, before.length)).toEqual(before)
  await vi.waitFor(async () => expect((await scrapes(again)).length).toBeGreaterThan(before.length + 2), {
    timeout: 30_000,
  })
}, 120_000)
