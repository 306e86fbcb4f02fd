import { once } from "node:events"
import http from "node:http"
import net, { type AddressInfo } from "node:net"
import fc from "fast-check"
import { afterEach, describe, expect, it } from "vitest"
import { parseArguments } from "./arguments.ts"
import { UsageError } from "./options.ts"
import { Schedule } from "./pace.ts"
import { csvLine, summary } from "./report.ts"
import { histogram, percentile, Results } from "./results.ts"
import { startLoad } from "./run.ts"
import { Samples } from "./samples.ts"

const url = "http://podinfo.test:9898/version"

describe("the command line", () => {
  it("has hey's defaults", () => {
    const options = parseArguments([url])
    expect(options).toMatchObject({ method: "GET", requests: 200, workers: 50, timeoutMs: 20_000, keepAlive: true })
    expect(options.rate).toBeUndefined()
    expect(options.headers).toEqual([
      ["Content-Type", "text/html"],
      ["User-Agent", "hey/0.0.1"],
    ])
  })

  it("reads the flags people use", () => {
    const options = parseArguments(
      `-n 1000000 -c=2 --q 5 -m post -t 0 -d hello -a me:pw -host a.com -disable-keepalive -o csv ${url}`.split(" "),
    )
    expect(options).toMatchObject({
      requests: 1_000_000,
      workers: 2,
      rate: 5,
      method: "POST",
      csv: true,
      keepAlive: false,
    })
    expect(options.timeoutMs).toBeUndefined()
    expect(options.body.toString()).toBe("hello")
    expect(options.headers).toContainEqual(["Authorization", "Basic bWU6cHc="])
    expect(options.headers).toContainEqual(["Host", "a.com"])
  })

  it("ignores -n with a duration", () => {
    expect(parseArguments(["-z", "1m30s", "-n", "1", url])).toMatchObject({ durationMs: 90_000, requests: Infinity })
  })

  it("takes repeated header fields, and one that replaces a default", () => {
    const { headers } = parseArguments(["-H", "X-A: 1", "-H", "X-B:2", "-H", "content-type: text/plain", url])
    expect(headers).toEqual([
      ["User-Agent", "hey/0.0.1"],
      ["X-A", "1"],
      ["X-B", "2"],
      ["content-type", "text/plain"],
    ])
  })

  it.each([
    [[], "no URL"],
    [["-c", "5", "-n", "2", url], "-n cannot be less than -c"],
    [["-n", "x", url], "-n x is no number"],
    [["-n", "0", url], "-n must be a whole number"],
    [["-z", "soon", url], "is no duration"],
    [["-y", url], "unknown flag: -y"],
    [["-n"], "flag needs an argument: -n"],
    [["-H", "nonsense", url], 'not of the form "name: value"'],
    [["-D", "/no/such/file", url], "cannot be read"],
    [["-o", "json", url], "csv is the only other output"],
    [["-h2", url], "not supported"],
    [["podinfo.test"], "is no URL"],
    [["ftp://a"], "only http and https"],
    [[url, "-n", "5"], "flags come before it"],
  ])("refuses %j", (args, message) => {
    expect(() => parseArguments(args)).toThrow(UsageError)
    expect(() => parseArguments(args)).toThrow(message)
  })
})

describe("the pace", () => {
  it("never sends more than the rate allows, however late the worker is", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 2000 }),
        fc.array(fc.nat(500), { minLength: 1, maxLength: 200 }),
        (rate, lates) => {
          const schedule = new Schedule(rate, 0)
          let now = 0
          const sent: number[] = []
          for (const late of lates) {
            now = Math.max(now, schedule.take(now)) + late / 10
            sent.push(now - late / 10)
          }
          // Within any second: the rate, and what 20 ms of lateness may make up for.
          for (const [i, from] of sent.entries()) {
            const within = sent.slice(i).filter((time) => time < from + 1000).length
            expect(within).toBeLessThanOrEqual(rate + Math.ceil(rate / 50) + 1)
          }
        },
      ),
    )
  })

  it("keeps the rate when the worker is only a little late each time", () => {
    const schedule = new Schedule(100, 0)
    let now = 0
    for (let i = 0; i < 100; i++) now = Math.max(now, schedule.take(now)) + 3
    expect(now).toBeLessThan(1010)
  })

  it("does not make up for a long answer", () => {
    const schedule = new Schedule(10, 0)
    expect(schedule.take(0)).toBe(100)
    expect(schedule.take(5000)).toBe(4980)
    expect(schedule.take(5000)).toBe(5080)
  })
})

describe("the numbers", () => {
  const filled = (values: readonly number[]): Float32Array => {
    const samples = new Samples()
    for (const value of values) samples.add(value)
    return samples.sorted()
  }

  it("keep a million times in four megabytes, and no more", () => {
    const samples = new Samples()
    for (let i = 0; i < 1_000_100; i++) samples.add(i)
    expect(samples.sorted()).toHaveLength(1_000_000)
    expect(samples.sorted().byteLength).toBe(4_000_000)
  })

  it("put every time into one bucket, up to its mark", () => {
    const value = fc.float({ min: 0, max: 100, noNaN: true })
    fc.assert(
      fc.property(fc.array(value, { minLength: 1, maxLength: 300 }), (values) => {
        const sorted = filled(values)
        const buckets = histogram(sorted)
        expect(buckets.reduce((sum, { count }) => sum + count, 0)).toBe(values.length)
        expect(buckets.at(-1)?.mark).toBe(sorted.at(-1))
        let below = 0
        for (const { mark, count } of buckets.slice(0, -1)) {
          below += count
          expect(below).toBe(sorted.filter((one) => one <= mark).length)
        }
      }),
    )
  })

  it("give percentiles by nearest rank", () => {
    const sorted = filled([5, 1, 4, 2, 3])
    expect([10, 50, 90, 99].map((p) => percentile(sorted, p))).toEqual([1, 3, 5, 5])
    expect(histogram(filled([]))).toEqual([])
  })

  it("are printed in hey's layout", () => {
    const results = new Results()
    for (let i = 1; i <= 4; i++) {
      results.answered({
        status: i === 4 ? 500 : 200,
        bytes: 10,
        dns: 0,
        dial: 0.001,
        write: 0,
        wait: 0.01,
        read: 0,
        total: i / 100,
      })
    }
    results.failed('Get "http://a/": EOF')
    expect(summary(results, 2)).toBe(`
Summary:
  Total:	2.0000 secs
  Slowest:	0.0400 secs
  Fastest:	0.0100 secs
  Average:	0.0250 secs
  Requests/sec:	2.5000
  ${""}
  Total data:	40 bytes
  Size/request:	10 bytes

Response time histogram:
  0.010 [1]	|${"■".repeat(40)}
  0.013 [0]	|
  0.016 [0]	|
  0.019 [0]	|
  0.022 [1]	|${"■".repeat(40)}
  0.025 [0]	|
  0.028 [0]	|
  0.031 [1]	|${"■".repeat(40)}
  0.034 [0]	|
  0.037 [0]	|
  0.040 [1]	|${"■".repeat(40)}


Latency distribution:
  10% in 0.0100 secs
  25% in 0.0100 secs
  50% in 0.0200 secs
  75% in 0.0300 secs
  90% in 0.0400 secs
  95% in 0.0400 secs
  99% in 0.0400 secs

Details (average, fastest, slowest):
  DNS+dialup:	0.0010 secs, 0.0010 secs, 0.0010 secs
  DNS-lookup:	0.0000 secs, 0.0000 secs, 0.0000 secs
  req write:	0.0000 secs, 0.0000 secs, 0.0000 secs
  resp wait:	0.0100 secs, 0.0100 secs, 0.0100 secs
  resp read:	0.0000 secs, 0.0000 secs, 0.0000 secs

Status code distribution:
  [200]	3 responses
  [500]	1 responses

Error distribution:
  [1]	Get "http://a/": EOF

`)
  })

  it("make a line of CSV", () => {
    const answer = {
      status: 200,
      bytes: 5,
      dns: 0.001,
      dial: 0.002,
      write: 0.0001,
      wait: 0.004,
      read: 0.0002,
      total: 0.0063,
    }
    expect(csvLine(answer, 1.5)).toBe("0.0063,0.0020,0.0010,0.0001,0.0040,0.0002,200,1.5000")
  })
})

describe("a run", () => {
  const servers: (http.Server | net.Server)[] = []
  afterEach(() => {
    for (const server of servers.splice(0)) {
      if (server instanceof http.Server) server.closeAllConnections()
      server.close()
    }
  })

  async function serve(server: http.RequestListener | net.Server): Promise<{ url: string; connections: () => number }> {
    const made = typeof server === "function" ? http.createServer(server) : server
    servers.push(made)
    let connections = 0
    made.on("connection", () => connections++)
    made.listen(0, "127.0.0.1")
    await once(made, "listening")
    return { url: `http://127.0.0.1:${(made.address() as AddressInfo).port}`, connections: () => connections }
  }
  const run = (...args: string[]) => startLoad(parseArguments(args))

  it("sends each worker's share over one connection and counts the answers", async () => {
    const seen: string[] = []
    const server = await serve((request, response) => {
      seen.push(
        `${request.method ?? ""} ${request.url ?? ""} ${request.headers.host ?? ""} ${request.headers["user-agent"] ?? ""}`,
      )
      response.statusCode = seen.length % 2 === 0 ? 200 : 404
      response.end("12345")
    })
    const { results } = await run("-n", "11", "-c", "2", `${server.url}/v?a=1`).done
    expect(new Set(seen)).toEqual(new Set([`GET /v?a=1 ${new URL(server.url).host} hey/0.0.1`]))
    expect([...results.statuses].sort()).toEqual([
      [200, 5],
      [404, 5],
    ])
    expect([results.requests, results.bytes, results.dial.count, server.connections()]).toEqual([10, 50, 10, 2])
  })

  it("makes a new connection for each request with -disable-keepalive", async () => {
    const server = await serve((request, response) => response.end(request.headers.connection))
    const { results } = await run("-n", "4", "-c", "1", "-disable-keepalive", server.url).done
    expect([server.connections(), results.bytes]).toEqual([4, 4 * "close".length])
  })

  it("counts chunked content without its framing, and sends bodies", async () => {
    const bodies: string[] = []
    const server = await serve((request, response) => {
      request.on("data", (chunk: Buffer) => bodies.push(chunk.toString()))
      request.on("end", () => {
        response.write("123")
        response.end("4567")
      })
    })
    const { results } = await run("-n", "2", "-c", "1", "-m", "POST", "-d", "data", server.url).done
    expect([results.bytes, bodies]).toEqual([14, ["data", "data"]])
  })

  it("follows redirects unless told not to, but not for ever", async () => {
    const server = await serve((request, response) => {
      if (request.url === "/end") response.end()
      else response.writeHead(302, { location: request.url === "/loop" ? "/loop" : "/end" }).end()
    })
    expect([...(await run("-n", "1", "-c", "1", `${server.url}/a`).done).results.statuses.keys()]).toEqual([200])
    const kept = await run("-n", "1", "-c", "1", "-disable-redirects", `${server.url}/a`).done
    expect([...kept.results.statuses.keys()]).toEqual([302])
    const loop = await run("-n", "1", "-c", "1", `${server.url}/loop`).done
    expect([...loop.results.errors.keys()]).toEqual(["stopped after 10 redirects"])
  })

  it("counts failures by their reason and goes on", async () => {
    const refused = await run("-n", "3", "-c", "1", "http://127.0.0.1:1/").done
    expect([...refused.results.errors]).toEqual([
      ['Get "http://127.0.0.1:1/": dial tcp 127.0.0.1:1: connect: connection refused', 3],
    ])
    const silent = await serve(() => undefined)
    const slow = await run("-n", "2", "-c", "1", "-t", "0.02", silent.url).done
    expect([...slow.results.errors]).toEqual([[expect.stringContaining("context deadline exceeded"), 2]])
    const closing = await serve(net.createServer((socket) => socket.on("data", () => socket.end())))
    const ended = await run("-n", "2", "-c", "1", closing.url).done
    expect([...ended.results.errors]).toEqual([[`Get "${closing.url}/": EOF`, 2]])
  })

  it("sends a request again when the kept connection was closed before it", async () => {
    const server = await serve(
      net.createServer((socket) => {
        let requests = 0
        socket.on("error", () => socket.destroy())
        socket.on("data", () => {
          if (++requests > 1) socket.destroy()
          else socket.write("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")
        })
      }),
    )
    const { results } = await run("-n", "4", "-c", "1", server.url).done
    expect([results.statuses.get(200), results.errors.size]).toEqual([4, 0])
  })

  it("ends when it is stopped, with what it has", async () => {
    let seen = 0
    const server = await serve((_request, response) => {
      response.end()
      if (++seen === 5) load.stop()
    })
    const load = run("-n", "1000000", "-c", "1", server.url)
    const { results } = await load.done
    expect(results.requests).toBe(5)
    expect(seen).toBe(5)
  })

  it("ends after its duration, also while it waits for its next turn", async () => {
    const server = await serve((_request, response) => response.end())
    const { results } = await run("-z", "30ms", "-q", "0.1", "-c", "1", server.url).done
    expect(results.requests).toBe(0)
  })

  it("goes through a proxy", async () => {
    const proxy = await serve((request, response) => response.end(request.url))
    const target = "http://podinfo.test:9898/x"
    const { results } = await run("-n", "1", "-c", "1", "-x", new URL(proxy.url).host, target).done
    expect(results.bytes).toBe(target.length)
  })
})
