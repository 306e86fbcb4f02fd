import type { lookup } from "node:dns"
import { Client } from "undici"
import { afterEach, describe, expect, test } from "vitest"
import { reachable } from "./connector.ts"
import { serve } from "./testing.ts"

const closing: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close()
})

/** A resolver of its own: every name has these addresses. */
const resolving = (...addresses: string[]) =>
  ((_host: string, _options: object, done: (error: null, found: object[]) => void) =>
    done(
      null,
      addresses.map((address) => ({ address, family: address.includes(":") ? 6 : 4 })),
    )) as unknown as typeof lookup

async function asked(origin: string, ...addresses: string[]): Promise<string> {
  const client = new Client(origin, { connect: reachable({ timeout: 5_000 }, resolving(...addresses)) })
  try {
    const { body } = await client.request({ method: "GET", path: "/" })
    return await body.text()
  } catch (error) {
    return (error as Error).message
  } finally {
    await client.destroy()
  }
}

describe("a cloud's metadata and the like are never called", () => {
  test.each(["http://169.254.169.254", "http://[fe80::1]", "http://[::ffff:169.254.169.254]", "http://224.0.0.1"])(
    "%s",
    async (origin) => {
      expect(await asked(origin)).toMatch(/ is a (link-local|multicast) address, and such are never called$/)
    },
  )

  test("by a name either, also where only one of its addresses is such", async () => {
    const expected = "169.254.169.254 is a link-local address, and such are never called"
    expect(await asked("http://hooks.example", "169.254.169.254")).toBe(expected)
    expect(await asked("http://hooks.example", "127.0.0.1", "169.254.169.254")).toBe(expected)
  })
})

test("anything else is, loopback too", async () => {
  const server = await serve((_request, response) => response.end("here"))
  closing.push(() => server.close())
  expect(await asked(`http://127.0.0.1:${server.port}`)).toBe("here")
  expect(await asked(`http://hooks.example:${server.port}`, "127.0.0.1")).toBe("here")
})
