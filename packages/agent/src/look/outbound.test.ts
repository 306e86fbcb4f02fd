import { createServer } from "node:net"
import type { AddressInfo } from "node:net"
import { expect, test } from "vitest"
import { parseManifests } from "@serin/core"
import { checkOutbound } from "./outbound.ts"
import { signingSecrets } from "./receivers.ts"

const canary = (hook: string, gate: string): string => `apiVersion: serin.dev/v1alpha1
kind: Canary
metadata: {name: podinfo, namespace: test}
spec:
  stable: {deployment: a, subset: a}
  canary: {deployment: b, subset: b}
  gates: {start: "${gate}"}
  hooks: [{name: smoke, type: during, url: "${hook}", secretRef: {name: hook-keys}}]
`

const manifestsOf = (text: string) => parseManifests("canary.yaml", text).manifests

async function checked(hook: string, gate: string, outboundAllow: string, resolve?: () => Promise<readonly string[]>) {
  const manifests = manifestsOf(canary(hook, gate))
  const repositories = {
    list: () => [{ metadata: { namespace: "home", name: "config" } }] as never,
    head: () => ({ manifests }) as never,
  }
  return checkOutbound({ repositories, outboundAllow, ...(resolve !== undefined && { resolve }) })
}

test("each gate and hook is judged and connected to, and nothing is sent", async () => {
  let received = 0
  const server = createServer((socket) => socket.on("data", () => (received += 1)))
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  const { port } = server.address() as AddressInfo
  const [gate, hook] = await checked(
    `http://127.0.0.1:${port}/secret-path`,
    "http://127.0.0.1:1/secret-path",
    "127.0.0.1",
  )
  server.close()
  expect(hook).toEqual({
    name: "test/podinfo hook smoke",
    ok: true,
    message: `127.0.0.1:${port} may be called, and takes connections`,
  })
  expect(gate).toMatchObject({ name: "test/podinfo gate start", ok: false })
  expect(gate?.message).toMatch(/^127\.0\.0\.1:1 may be called, and takes no connection: .*ECONNREFUSED/)
  expect(received).toBe(0)
})

test("what is not allowed is said with the option that allows it, and the path is not shown", async () => {
  const resolve = () => Promise.resolve(["203.0.113.7"])
  const results = await checked("https://a.org/secret-path", "http://169.254.169.254/secret-path", "b.org", resolve)
  expect(results.map(({ ok, message, next }) => [ok, message, next])).toEqual([
    [
      false,
      "169.254.169.254 may not be called: 169.254.169.254 is a link-local address, and such are never called",
      "Correct the URL in the Canary.",
    ],
    [
      false,
      "a.org is not among the addresses that the agent may call",
      "Let an administrator allow it with `serin install … --allow-outbound a.org`, or correct the URL in the Canary.",
    ],
  ])
})

test("the Secrets that canaries sign with are known from Git", () => {
  expect(signingSecrets(manifestsOf(canary("https://a.org", "manual")))).toEqual(["hook-keys"])
})
