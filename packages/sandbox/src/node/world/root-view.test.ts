import { mkdirSync, symlinkSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { beforeEach, describe, expect, it } from "vitest"
import { temporaryFolder } from "../../testing/temporary.ts"
import { RootView } from "./root-view.ts"

describe("a container's files seen from outside", () => {
  let root: string
  let volume: string
  let view: RootView

  beforeEach(async () => {
    root = await temporaryFolder()
    volume = await temporaryFolder()
    for (const folder of ["usr/bin", "app", "run"]) mkdirSync(join(root, folder), { recursive: true })
    writeFileSync(join(root, "usr/bin/tool"), "", { mode: 0o755 })
    writeFileSync(join(root, "app/data"), "", { mode: 0o644 })
    symlinkSync("usr/bin", join(root, "bin"))
    symlinkSync("/run", join(root, "var"))
    symlinkSync("../../../../usr/bin/tool", join(root, "app/up"))
    symlinkSync("/loop", join(root, "loop"))
    writeFileSync(join(volume, "script"), "", { mode: 0o755 })
    view = new RootView(root, [{ source: volume, target: "/run/volume" }])
  })

  it("follows links inside of the root only, also those that climb out of it", async () => {
    expect(await view.real("/bin/tool")).toBe("/usr/bin/tool")
    expect(await view.real("/var/new/file")).toBe("/run/new/file")
    expect(await view.real("/app/up")).toBe("/usr/bin/tool")
    expect(await view.real("/../../etc")).toBe("/etc")
    await expect(view.real("/loop/x")).rejects.toMatchObject({ code: "SETUP_FAILED" })
  })

  it("looks into volumes", async () => {
    expect(view.host("/run/volume/script")).toBe(join(volume, "script"))
    expect(view.host("/run/volumes")).toBe(join(root, "run/volumes"))
    expect(await view.has("/var/volume/script")).toBe(true)
    expect(await view.has("/var/volume/other")).toBe(false)
  })

  it("finds programs as execvp does, and says as runc why it does not", async () => {
    expect(await view.executable("tool", "/nowhere:/bin", "/")).toBe("/bin/tool")
    expect(await view.executable("./up", "", "/app")).toBe("/app/up")
    expect(await view.executable("/var/volume/script", "", "/")).toBe("/var/volume/script")
    const why = (name: string) => view.executable(name, "/app:/bin", "/").catch((error: Error) => error.message)
    expect(await why("data")).toBe('exec: "data": executable file not found in $PATH')
    expect(await why("/app/data")).toBe('exec: "/app/data": permission denied')
    expect(await why("/app")).toBe('exec: "/app": is a directory')
    expect(await why("/nope")).toBe('exec: "/nope": stat /nope: no such file or directory')
  })
})
