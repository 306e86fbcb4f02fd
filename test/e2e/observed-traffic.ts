import { createServer } from "node:http"
import type { AddressInfo } from "node:net"

/** What a mesh would have counted: requests per second in all, the canary's share, and which workload answers badly. */
export interface Traffic {
  requestsPerSecond: number
  /** Share of failed requests by workload, 0 to 1. */
  readonly failing: Map<string, number>
  up: boolean
}

export interface ObservedTraffic {
  readonly url: string
  readonly traffic: Traffic
  readonly queries: string[]
  close(): Promise<void>
}

/**
 * A Prometheus whose series are computed from given traffic: it answers the increases of `istio_requests_total` that the
 * agent asks for. `shareOf` is the weight that routes traffic to a workload at this moment, 0 to 1.
 */
export async function startObservedTraffic(shareOf: (workload: string) => number): Promise<ObservedTraffic> {
  const traffic: Traffic = { requestsPerSecond: 100, failing: new Map(), up: true }
  const queries: string[] = []
  const server = createServer((request, response) => {
    let body = ""
    request.on("data", (chunk: Buffer) => (body += chunk.toString()))
    request.on("end", () => {
      const query = new URLSearchParams(body).get("query") ?? ""
      queries.push(query)
      if (!traffic.up) return response.writeHead(503).end("{}")
      const workload = /destination_workload="([^"]+)"/.exec(query)?.[1] ?? ""
      const [, amount = "0", unit] = /\[(\d+)(ms|s)\]/.exec(query) ?? []
      const seconds = Number(amount) / (unit === "ms" ? 1000 : 1)
      const requests = traffic.requestsPerSecond * seconds * shareOf(workload)
      const value = query.includes("response_code=~") ? requests * (traffic.failing.get(workload) ?? 0) : requests
      const result = [{ metric: {}, value: [0, String(value)] }]
      const answer = { status: "success", data: { resultType: "vector", result } }
      return response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(answer))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    traffic,
    queries,
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
