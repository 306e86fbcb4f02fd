import { describe, expect, it } from "vitest"
import { hubSignature, hubSignatureMatches } from "./signature.ts"

describe("X-Hub-Signature-256", () => {
  // The values that GitHub's documentation gives for testing ("Validating webhook deliveries").
  const [secret, body] = ["It's a Secret to Everybody", "Hello, World!"]
  const signature = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"

  it("is what GitHub computes", () => {
    expect(hubSignature(secret, body)).toBe(signature)
    expect(hubSignatureMatches(secret, body, signature)).toBe(true)
  })

  it("does not match another body, another secret, or nothing", () => {
    expect(hubSignatureMatches(secret, `${body}!`, signature)).toBe(false)
    expect(hubSignatureMatches("another", body, signature)).toBe(false)
    expect(hubSignatureMatches(secret, body, undefined)).toBe(false)
  })
})
