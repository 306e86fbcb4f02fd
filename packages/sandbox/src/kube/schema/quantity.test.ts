import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { canonicalQuantity, parseQuantity, printQuantity, QuantityError } from "./index.ts"

/** Sent to a real kube-apiserver as an emptyDir's sizeLimit, and its answer. */
const answers: readonly (readonly [string, string])[] = [
  ["1000m", "1"],
  ["0.5", "500m"],
  ["1", "1"],
  ["1024Mi", "1Gi"],
  ["1025Mi", "1025Mi"],
  ["1500Mi", "1500Mi"],
  ["100M", "100M"],
  ["0.1Gi", "107374182400m"],
  ["1.5Gi", "1536Mi"],
  ["1e3", "1e3"],
  ["1E3", "1E3"],
  ["12e6", "12e6"],
  ["1.500", "1.500"],
  ["0.100", "100m"],
  ["1.0", "1"],
  ["100", "100"],
  ["1000", "1k"],
  ["1000000", "1M"],
  ["1234567", "1234567"],
  ["0.0000000001", "1n"],
  ["1n", "1n"],
  ["1u", "1u"],
  ["1000u", "1m"],
  ["1Ei", "1Ei"],
  ["9Ei", "9223372036854775807"],
  ["8192Pi", "9223372036854775807"],
  ["1023", "1023"],
  ["1024", "1024"],
  ["1Ki", "1Ki"],
  ["0.5Ki", "512"],
  ["0.5Mi", "512Ki"],
  ["500Ki", "500Ki"],
  ["5e-3", "5e-3"],
  ["1e-9", "1e-9"],
  ["1.25", "1250m"],
  ["00012", "00012"],
  ["+5", "+5"],
  ["5.", "5."],
  ["10Gi", "10Gi"],
  ["2048Ki", "2Mi"],
  ["1000Ki", "1000Ki"],
  ["1023Ki", "1023Ki"],
  ["3.5M", "3500k"],
  ["1k", "1k"],
  ["1000k", "1M"],
  ["0", "0"],
  ["0Mi", "0"],
  ["0.0", "0"],
  ["1e19", "10e18"],
  ["1E", "1E"],
  ["1Pi", "1Pi"],
  ["123456789012345678901234567890", "123456789012345678901234567890"],
]

describe("quantities", () => {
  it.each(answers)("%s is answered as %s", (sent, answered) => {
    expect(canonicalQuantity(sent)).toBe(answered)
  })

  it.each(["", "abc", "1.2.3", "1 Gi", "m", "--1"])("%j is none", (text) => {
    expect(() => parseQuantity(text)).toThrow(
      new QuantityError("quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"),
    )
  })

  it.each(["1kk", "1mi", "1Eii"])("%j has an unknown suffix", (text) => {
    expect(() => parseQuantity(text)).toThrow(new QuantityError("unable to parse quantity's suffix"))
  })

  it("prints what parses to the same number", () => {
    const suffix = fc.constantFrom("", "n", "u", "m", "k", "M", "G", "Ki", "Mi", "Gi")
    fc.assert(
      fc.property(fc.nat(), suffix, (number, unit) => {
        const quantity = parseQuantity(`${number}${unit}`)
        expect(parseQuantity(printQuantity(quantity)).nano).toBe(quantity.nano)
      }),
    )
  })
})
