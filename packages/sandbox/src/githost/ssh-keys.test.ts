import { writeFile } from "node:fs/promises"
import { join } from "node:path"
import ssh2 from "ssh2"
import { describe, expect, it } from "vitest"
import { isInstalled, run } from "../testing/programs.ts"
import { temporaryFolder } from "../testing/temporary.ts"
import { generatePrivateKey, loadHostKey, parsePublicKey } from "./ssh-keys.ts"

describe("generatePrivateKey", () => {
  it("makes keys that can always be read, also those with zeros in front", () => {
    for (let made = 0; made < 1_000; made += 1) {
      const parsed = ssh2.utils.parseKey(generatePrivateKey())
      if (parsed instanceof Error) throw parsed
      const signature = parsed.sign("text")
      expect(parsed.verify("text", signature)).toBe(true)
    }
  })

  it.skipIf(!isInstalled("ssh", "-V"))("makes keys that OpenSSH reads", async () => {
    const path = join(await temporaryFolder(), "key")
    const { publicLine } = await loadHostKey(path)
    expect((await run("ssh-keygen", ["-y", "-f", path])).trim()).toBe(publicLine)
    await writeFile(`${path}.pub`, publicLine)
    expect(await run("ssh-keygen", ["-l", "-f", `${path}.pub`])).toContain(parsePublicKey(publicLine)?.fingerprint)
  })
})

describe("parsePublicKey", () => {
  it.each(["", "ssh-ed25519", "no key at all", generatePrivateKey()])("refuses what is no public key", (text) => {
    expect(parsePublicKey(text)).toBeUndefined()
  })
})
