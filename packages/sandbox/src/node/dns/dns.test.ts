import { Resolver } from "node:dns/promises"
import { connect } from "node:net"
import fc from "fast-check"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { readQuestion } from "./message.ts"
import { answer, serveDns, type DnsServer } from "./server.ts"

const many = Array.from({ length: 60 }, (_, index) => `10.244.0.${index + 2}`)
const names: Readonly<Record<string, readonly string[]>> = {
  "podinfo.test.svc.cluster.local": ["10.96.0.12"],
  "many.test": many,
}

describe("the DNS of the pods' world", () => {
  let server: DnsServer
  const asked: string[] = []
  const resolver = new Resolver({ timeout: 2_000, tries: 1 })

  beforeAll(async () => {
    server = await serveDns("127.0.0.1", 0, (name, from) => {
      asked.push(`${name} ${from}`)
      return names[name]
    })
    resolver.setServers([`127.0.0.1:${server.port}`])
  })
  afterAll(() => server.close())

  it("answers with addresses, asked in any case", async () => {
    expect(await resolver.resolve4("PodInfo.test.svc.cluster.local")).toEqual(["10.96.0.12"])
    expect(asked).toContain("podinfo.test.svc.cluster.local 127.0.0.1")
  })

  it("knows a name without addresses of the kind that is asked for from one that is not there", async () => {
    await expect(resolver.resolve6("podinfo.test.svc.cluster.local")).rejects.toMatchObject({ code: "ENODATA" })
    await expect(resolver.resolve4("nope.test")).rejects.toMatchObject({ code: "ENOTFOUND" })
  })

  it("gives a long answer over TCP, which a client asks for by itself", async () => {
    expect((await resolver.resolve4("many.test")).sort()).toEqual([...many].sort())
  })

  it("drops a connection that does not speak DNS", async () => {
    const socket = connect(server.port, "127.0.0.1")
    socket.write(Buffer.from([0, 4, 1, 2, 3, 4]))
    await new Promise((resolve) => socket.once("close", resolve).resume())
  })

  it("never fails on a message, whatever is in it", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 600 }), (bytes) => {
        const message = Buffer.from(bytes)
        const reply = answer(message, "10.244.0.2", () => ["10.96.0.1"])
        expect(reply === undefined).toBe(readQuestion(message) === undefined)
      }),
    )
  })
})
