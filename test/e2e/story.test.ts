import { spawn } from "node:child_process"
import { once } from "node:events"
import { fileURLToPath } from "node:url"
import { expect, test, vi } from "vitest"

const root = fileURLToPath(new URL("../..", import.meta.url))

test("npm start -- --exit observes fourteen steps, ends with 0 and leaves no process", async () => {
  const child = spawn(process.execPath, ["dist/serin.js", "story", "--exit"], {
    cwd: root,
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  })
  let output = ""
  child.stdout.setEncoding("utf8").on("data", (text: string) => (output += text))
  child.stderr.setEncoding("utf8").on("data", (text: string) => (output += text))
  const [code] = (await once(child, "close")) as [number]
  expect(output.match(/^ {2}✓ /gm)?.length, output).toBe(14)
  expect(code, output).toBe(0)
  // Its whole process group is gone: a signal to it finds nobody, not even who has ended and is still to be reaped.
  await vi.waitFor(() => expect(() => process.kill(-(child.pid ?? 0), 0)).toThrow(/ESRCH/))
})
