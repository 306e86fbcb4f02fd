import { spawnSync } from "node:child_process"
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { afterAll, beforeAll, describe, expect, it } from "vitest"

const root = fileURLToPath(new URL("..", import.meta.url))
let folder: string
let preload: string

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "serin-old-node-"))
  preload = join(folder, "version.cjs")
  writeFileSync(
    preload,
    "const versions = { ...process.versions, node: process.env.PRETENDED }\nObject.defineProperty(process, 'versions', { value: versions })\n",
  )
  // The installed command as the build lays it out; the program behind it says when it was read.
  cpSync(join(root, "scripts/serin.mjs"), join(folder, "serin.mjs"))
  cpSync(join(root, "scripts/node-version.mjs"), join(folder, "node-version.mjs"))
  writeFileSync(join(folder, "cli.js"), "console.log('the program was read')\n")
})
afterAll(() => rmSync(folder, { recursive: true }))

function run(version: string, program: string) {
  return spawnSync(process.execPath, ["--require", preload, program], {
    cwd: root,
    encoding: "utf8",
    env: { ...process.env, PRETENDED: version },
  })
}

describe("a Node that is too old", () => {
  const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
    scripts: Record<string, string>
  }
  const commands = Object.entries(scripts).flatMap(([name, command]) => {
    const script = /^node (\S+)$/.exec(command)?.[1]
    return script === undefined ? [] : [[`npm run ${name}`, join(root, script)] as const]
  })

  it.each([...commands, ["serin", ""] as const])(
    "is told to `%s` before anything else, with what to install",
    (_name, script) => {
      for (const version of ["12.22.12", "18.20.8", "20.18.3"]) {
        const { status, stdout, stderr } = run(version, script || join(folder, "serin.mjs"))
        expect(stderr).toBe(
          `serin: Node ${version} is too old: Serin needs Node 20.19 or newer. Install one (nodejs.org) and try again.\n`,
        )
        expect([status, stdout]).toEqual([2, ""])
      }
    },
  )

  it.each(["20.19.0", "22.0.0", "24.1.0"])("is not Node %s", (version) => {
    expect(run(version, join(folder, "serin.mjs"))).toMatchObject({ status: 0, stdout: "the program was read\n" })
  })
})
