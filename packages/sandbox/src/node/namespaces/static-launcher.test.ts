import { spawnSync } from "node:child_process"
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { temporaryFolder } from "../../testing/temporary.ts"
import { staticLauncher } from "./static-launcher.ts"

describe.runIf(process.platform === "linux" && process.arch === "x64")("static launcher", () => {
  it("runs its command with further arguments, in the environment it was given", async () => {
    const path = join(await temporaryFolder(), "launcher")
    writeFileSync(path, staticLauncher(["/bin/sh", "-c", 'echo "$COLOR $0 $# $2"; exit 3', "me"]), { mode: 0o755 })
    const { stdout, status } = spawnSync(path, ["one", "two words"], { env: { COLOR: "blue" }, encoding: "utf8" })
    expect(stdout).toBe("blue me 2 two words\n")
    expect(status).toBe(3)
  })

  it("ends with 127 when its command is not there", async () => {
    const path = join(await temporaryFolder(), "launcher")
    writeFileSync(path, staticLauncher(["/nope/nope"]), { mode: 0o755 })
    expect(spawnSync(path).status).toBe(127)
  })
})
