import { readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { expect, test } from "vitest"
import { parse } from "yaml"
import { version } from "../../packages/cli/src/version.ts"
import { installFiles } from "./files.ts"

const read = (path: string): string => readFileSync(fileURLToPath(new URL(`../../${path}`, import.meta.url)), "utf8")

test.each([...installFiles()])("%s is what `npm run generate:install` writes", (path, content) => {
  expect(read(path)).toBe(content)
})

test("no right in a generated file has a star", () => {
  for (const [path, content] of installFiles()) expect(content.match(/^ *- ["']?\*["']?$/m), path).toBeNull()
})

test("chart, image and program have one version", () => {
  const { version: chart, appVersion } = parse(read("charts/serin/Chart.yaml")) as {
    version: string
    appVersion: string
  }
  const { image } = parse(read("charts/serin/values.yaml")) as { image: string }
  const program = JSON.parse(read("package.json")) as { version: string }
  expect([chart, appVersion, image, program.version]).toEqual([version, version, `serin:${version}`, version])
})
