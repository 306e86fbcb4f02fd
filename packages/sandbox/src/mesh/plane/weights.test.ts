import net from "node:net"
import { once } from "node:events"
import { afterEach, expect, it, describe } from "vitest"
import { ClientConnection, type ResponseHandler } from "../../http1/index.ts"
import { seededRandom } from "../random.ts"
import { chiSquared, limitAtOnePercent } from "../testing/chi-squared.ts"
import { TestWorld } from "../testing/world.ts"
import { pickWeighted } from "./weights.ts"

const requests = 2000
const seeds = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]
const distributions = [
  [99, 1],
  [90, 10],
  [50, 50],
  [1, 99],
  [60, 30, 10],
  [98, 1, 1],
]

const fits = (counts: readonly number[], weights: readonly number[]): boolean =>
  chiSquared(counts, weights) <= (limitAtOnePercent[weights.length - 1] ?? 0)

/** An application that only says its name, as cheaply as possible. */
function speaker(name: string): net.Server {
  const answer = `HTTP/1.1 200 OK\r\ncontent-length: ${name.length}\r\n\r\n${name}`
  return net.createServer((socket) => socket.on("data", () => socket.write(answer)))
}

/** Sends requests one after the other over one connection and counts the answers by body. */
async function count(port: number, total: number): Promise<Map<string, number>> {
  const socket = net.connect(port, "127.0.0.1")
  await once(socket, "connect")
  const connection = new ClientConnection(socket)
  const counts = new Map<string, number>()
  const head = "GET / HTTP/1.1\r\nhost: podinfo.test:9898\r\n\r\n"
  await new Promise<void>((resolve, reject) => {
    let sent = 0
    let body = ""
    const next = (): void => {
      if (sent++ === total) resolve()
      else connection.send("GET", head, handler)
    }
    const nothing = (): void => undefined
    const handler: ResponseHandler = {
      informational: nothing,
      head: () => (body = ""),
      body: (bytes) => (body += bytes.toString("latin1")),
      end: () => {
        counts.set(body, (counts.get(body) ?? 0) + 1)
        next()
      },
      failed: reject,
      upgraded: nothing,
      batchEnd: nothing,
      drain: nothing,
    }
    next()
  })
  connection.destroy()
  return counts
}

let world: TestWorld | undefined
afterEach(() => world?.close())

/** A world whose route has one destination for each weight, each with one pod named by its position. */
async function weighted(weights: readonly (number | undefined)[], seed: number): Promise<number> {
  world = new TestWorld({ seed })
  world.addService("podinfo", [{ name: "http", port: 9898 }])
  const subsets = weights.map((_, i) => ({ name: `v${i}`, labels: { version: `v${i}` } }))
  for (const { name } of subsets) await world.addPod(name, { app: "podinfo", version: name }, { app: speaker(name) })
  world.rule({ host: "podinfo", subsets })
  const route = weights.map((weight, i) => ({
    destination: { host: "podinfo", subset: `v${i}` },
    ...(weight === undefined ? {} : { weight }),
  }))
  world.route({ hosts: ["podinfo"], http: [{ route }] })
  world.apply()
  const client = await world.addPod("client", { app: "client" })
  return world.pathFrom(client, "podinfo.test:9898")
}

const inOrder = (counts: ReadonlyMap<string, number>, length: number): number[] =>
  Array.from({ length }, (_, i) => counts.get(`v${i}`) ?? 0)

describe("weights, over real requests", () => {
  for (const weights of distributions) {
    it(`${weights.join("/")}: 2,000 requests fit for each of ten seeds`, { timeout: 60_000 }, async () => {
      for (const seed of seeds) {
        const counts = inOrder(await count(await weighted(weights, seed), requests), weights.length)
        expect(counts.reduce((sum, n) => sum + n, 0)).toBe(requests)
        expect({ seed, counts, fits: fits(counts, weights) }).toEqual({ seed, counts, fits: true })
        await world?.close()
      }
    })
  }

  it.each([
    [
      [100, 0],
      [requests, 0],
    ],
    [
      [0, 100],
      [0, requests],
    ],
    [
      [0, 1, 0],
      [0, requests, 0],
    ],
  ])("%j has no exception", async (weights, expected) => {
    const counts = await count(await weighted(weights, 1), requests)
    expect(inOrder(counts, weights.length)).toEqual(expected)
  })

  it.each([[[0]], [[7]], [[undefined]]])("a lone destination of weight %j gets everything", async (weights) => {
    expect(inOrder(await count(await weighted(weights, 1), 50), 1)).toEqual([50])
  })

  it("sums need not be 100", async () => {
    const counts = inOrder(await count(await weighted([3, 1], 1), requests), 2)
    expect(fits(counts, [3, 1])).toBe(true)
  })

  it("a total of 0 over several destinations has nowhere to go", async () => {
    await weighted([0, 0], 1)
    const answer = await world?.call({ uid: "uid-client", name: "client", namespace: "test", ip: "" }, "podinfo:9898")
    expect(answer?.status).toBe(503)
  })
})

describe("the pick", () => {
  it("repeats with the same seed, and differs with another", () => {
    const picks = (seed: number): string => {
      const random = seededRandom(seed)
      const two = [{ weight: 1 }, { weight: 1 }]
      return Array.from({ length: 64 }, () => two.findIndex((one) => one === pickWeighted(two, random))).join("")
    }
    // `pickWeighted` gives the element itself, so positions can be compared.
    expect(picks(1)).toBe(picks(1))
    expect(picks(1)).not.toBe(picks(2))
  })

  it("is not the χ² test that passes everything: a split that is off by three points fails it", () => {
    expect(fits([1740, 260], [90, 10])).toBe(false)
    expect(fits([1810, 190], [90, 10])).toBe(true)
  })
})
