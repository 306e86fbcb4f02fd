import { execFileSync } from "node:child_process"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { expect, test } from "vitest"
import { makeDeployKey } from "./deploy-key.ts"

test("ssh-keygen reads the private key and derives the same public one", () => {
  const folder = mkdtempSync(join(tmpdir(), "serin-key-"))
  try {
    const { identity, publicKey } = makeDeployKey("serin-config")
    const file = join(folder, "id")
    writeFileSync(file, identity, { mode: 0o600 })
    expect(execFileSync("ssh-keygen", ["-y", "-f", file], { encoding: "utf8" }).trim()).toBe(publicKey)
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test("each key is another one", () => {
  expect(makeDeployKey("a").publicKey).not.toBe(makeDeployKey("a").publicKey)
})
