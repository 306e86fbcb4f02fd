import { spawn } from "node:child_process"
import { once } from "node:events"
import { fileURLToPath } from "node:url"
import { expect, test } from "vitest"
import { descendantOf } from "../world.ts"

const root = fileURLToPath(new URL("../../..", import.meta.url))

test("npm start -- --exit shows a ✗ with what was not seen, and ends with 1, when the agent stands still at a step", async () => {
  const child = spawn(process.execPath, ["dist/serin.js", "story", "--exit"], {
    cwd: root,
    stdio: ["ignore", "pipe", "inherit"],
  })
  let output = ""
  let stopping: Promise<void> | undefined
  const stop = async (): Promise<void> => {
    const pid = await descendantOf(child.pid ?? 0, / agent /)
    if (pid !== undefined) process.kill(pid, "SIGSTOP")
  }
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    output += text
    if (/^13\. Drift/m.test(output)) stopping ??= stop()
  })
  const [code] = (await once(child, "close")) as [number]
  await stopping
  expect(output.match(/^ {2}✓ /gm)?.length, output).toBe(12)
  expect(output).toMatch(/^ {2}✗ Drift .*the weights of Git again: not seen within 5 s/m)
  expect(output).toMatch(/^ {2}✗ Audit .*history.*did not end within 30 s/m)
  expect(code, output).toBe(1)
})
