import { createHmac, timingSafeEqual } from "node:crypto"

/** The value of `X-Hub-Signature-256` for a body, as GitHub and Gitea compute it. */
export function hubSignature(secret: string, body: Buffer | string): string {
  return `sha256=${createHmac("sha256", secret).update(body).digest("hex")}`
}

/** Compares in constant time; a missing header never matches. */
export function hubSignatureMatches(secret: string, body: Buffer | string, header: string | undefined): boolean {
  return header !== undefined && sameSecret(hubSignature(secret, body), header)
}

/** Whether two secrets are equal, in a time that does not tell where they differ. */
export function sameSecret(expected: string, given: string): boolean {
  const key = "compare"
  return timingSafeEqual(
    createHmac("sha256", key).update(expected).digest(),
    createHmac("sha256", key).update(given).digest(),
  )
}
