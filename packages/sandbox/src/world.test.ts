import { join } from "node:path"
import { expect, it, onTestFinished } from "vitest"
import { buildPrograms } from "./testing/built-programs.ts"
import { temporaryFolder } from "./testing/temporary.ts"
import { until } from "./testing/until.ts"
import { startWorld } from "./world.ts"

/** What keeps this process alive: servers and child processes. */
const held = (): readonly string[] =>
  process.getActiveResourcesInfo().filter((name) => name === "TCPServerWrap" || name === "ProcessWrap")

it("that cannot start says why, and nothing of it goes on", async () => {
  const dataDir = await temporaryFolder()
  const programs = await buildPrograms()
  onTestFinished(() => programs.remove())
  const before = held()
  const starting = startWorld({
    dataDir,
    nodeEntry: programs.entry,
    toolsDir: programs.toolsDir,
    kubeDataDir: join(dataDir, "nowhere"),
    seed: async () => undefined,
    user: { name: "dev", token: "token" },
    log: () => undefined,
  })
  await expect(starting).rejects.toThrow(/nowhere/)
  await until(() => expect(held()).toEqual(before))
})
