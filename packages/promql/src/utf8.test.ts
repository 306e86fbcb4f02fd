import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { scanString } from "./parser/scan-string.ts"
import { fromBytes, isUtf8, quoted } from "./utf8.ts"

describe("strings of bytes", () => {
  it("are text where they are UTF-8", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (text) => {
        const found = fromBytes([...new TextEncoder().encode(text)])
        expect(found).toBe(text)
        expect(isUtf8(found)).toBe(true)
      }),
    )
  })

  it("keep bytes that are none, and are printed with them", () => {
    expect(quoted(fromBytes([0x61, 0xc5, 0x7a]))).toBe(String.raw`"a\xc5z"`)
    expect(isUtf8(fromBytes([0x61, 0xff]))).toBe(false)
    expect(quoted(fromBytes([0xe2, 0x82]))).toBe(String.raw`"\xe2\x82"`)
  })

  it("are written with escapes that only together are a character", () => {
    expect(scanString(String.raw`"\xc3\xa9\303\251 \u00e9"`, 0)).toMatchObject({ value: "éé é" })
    expect(scanString(String.raw`"\xc3x"`, 0)).toMatchObject({ value: "\udcc3x" })
  })

  it("are printed so that they read back the same", () => {
    expect(quoted('\u0000\u0007\n\u007f"\\\u00a0\u2028é😀\u{e0001}')).toBe(
      String.raw`"\x00\a\n\x7f\"\\\u00a0\u2028é😀\U000e0001"`,
    )
    fc.assert(
      fc.property(fc.array(fc.nat(255)), (bytes) => {
        const text = fromBytes(bytes)
        expect(scanString(quoted(text), 0)).toMatchObject({ value: text })
      }),
    )
  })
})
