import { readFileSync } from "node:fs"
import { expect, test } from "vitest"
import * as main from "./index.ts"
import * as node from "./node.ts"
import * as promqltest from "./promqltest/index.ts"

const api = readFileSync(new URL("../docs/api.md", import.meta.url), "utf8")

test.each(Object.entries({ main, node, promqltest }))("docs/api.md names all exports of %s", (_entry, exported) => {
  const names = Object.keys(exported)
  expect(names.filter((name) => !new RegExp(`\\b${name}\\b`).test(api))).toEqual([])
})
