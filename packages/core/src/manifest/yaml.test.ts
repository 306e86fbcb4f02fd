import { describe, expect, it } from "vitest"
import { parseYaml } from "./index.ts"

// Each pair was put to kubectl 1.36.3 (`create --dry-run=client -o json`).
const asKubectl: readonly (readonly [string, unknown])[] = [
  ["yes", true],
  ["y", true],
  ["On", true],
  ["off", false],
  ["0644", 420],
  ["-0644", -420],
  ["0o644", 420],
  ["089", 89],
  ["0_7", 7],
  ["1_000", 1000],
  ["0b11", 3],
  ["0x1F", 31],
  ["+12", 12],
  ["1e3", 1000],
  ["1.", 1],
  ["+.5", 0.5],
  ["1_0.5", 10.5],
  ["12:30", "12:30"],
  ["1:2:3.5", "1:2:3.5"],
  ["2001-01-01", "2001-01-01"],
  ["2001-01-01T00:00:00Z", "2001-01-01T00:00:00Z"],
  ["!!timestamp 2001-01-01", "2001-01-01"],
  ["Null", null],
  ["~", null],
  ["1e", "1e"],
  ["0b2", "0b2"],
  ["0x", "0x"],
  ["_1", "_1"],
  [".", "."],
  ["!!str 5", "5"],
  ['!!int "3"', 3],
  ["!!binary aGVsbG8=", "hello"],
  ["!foo x", "x"],
]

describe("parseYaml", () => {
  it.each(asKubectl)("reads %s as kubectl does", (text, value) => {
    const [document] = parseYaml(`v: ${text}\n`)
    expect(document?.errors).toEqual([])
    expect(document?.toJS()).toEqual({ v: value })
  })
})
