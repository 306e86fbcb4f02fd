import { spawn } from "node:child_process"
import { once } from "node:events"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { fileURLToPath } from "node:url"
import { afterEach, expect, test } from "vitest"
import { openStorage } from "../../node.ts"

const root = fileURLToPath(new URL("../../../../../", import.meta.url))
const folder = mkdtempSync(join(tmpdir(), "promql-log-"))
afterEach(() => rmSync(folder, { recursive: true, force: true }))

/** Appends until it is killed behind the `commits`-th commit that it told of; answers the last that it told of. */
async function killed(commits: number): Promise<number> {
  const program = fileURLToPath(new URL("testing/append-for-ever.ts", import.meta.url))
  const child = spawn(process.execPath, ["--import", `${root}scripts/typescript.mjs`, program, folder], {
    cwd: root,
    stdio: ["ignore", "pipe", "inherit"],
  })
  let [told, count] = [0, 0]
  for await (const line of createInterface({ input: child.stdout })) {
    told = Number(line)
    count += 1
    if (count === commits) child.kill("SIGKILL")
  }
  if (child.signalCode === null && child.exitCode === null) await once(child, "exit")
  expect(child.signalCode).toBe("SIGKILL")
  return told
}

test("what was committed outlives kill -9 in the middle of appending, time after time", async () => {
  for (const commits of [3, 40, 17]) {
    const told = await killed(commits)
    const { storage, recovery } = openStorage(folder)
    const found = storage.select([], 0, Number.POSITIVE_INFINITY).map(({ read }) => read())
    expect(found).toHaveLength(50)
    const [first] = found
    // A commit is there as a whole or not at all, none is missing, and none that was told of is lost.
    for (const { times, values } of found) {
      expect(times).toEqual(first?.times)
      expect([...values]).toEqual(Array.from(times, (_, index) => index + 1))
    }
    expect(first?.times.length).toBeGreaterThanOrEqual(told)
    expect(recovery.samples).toBe(50 * (first?.times.length ?? 0))
    expect(recovery.damaged).toEqual([])
  }
}, 60_000)
