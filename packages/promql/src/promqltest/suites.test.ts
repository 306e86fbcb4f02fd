import { readdirSync, readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { describe, expect, test } from "vitest"
import { runScript } from "./run-script.ts"

const folder = fileURLToPath(new URL("../../suites/", import.meta.url))

describe("our scripts, whose expectations are what the real engine answers", () => {
  test.each(readdirSync(folder).filter((file) => file.endsWith(".test")))(
    "%s",
    (file) => {
      const { total, failures } = runScript(readFileSync(folder + file, "utf8"), { strict: true })
      expect(failures).toEqual([])
      expect(total).toBeGreaterThan(0)
    },
    60_000,
  )
})
