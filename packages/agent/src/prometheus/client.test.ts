import { createServer, type Server } from "node:http"
import type { AddressInfo } from "node:net"
import { afterEach, expect, test } from "vitest"
import { testOutbound } from "../outbound/testing.ts"
import { createPrometheusClient } from "./client.ts"

const servers: Server[] = []
afterEach(() => servers.splice(0).forEach((server) => server.close()))

/** A Prometheus that answers each query with what the test says. */
async function prometheus(status: number, body: unknown): Promise<string> {
  const server = createServer((_request, response) => {
    response.writeHead(status, { "content-type": "application/json", connection: "close" })
    response.end(JSON.stringify(body))
  })
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

test("samples come with labels and numbers, infinities included", async () => {
  const url = await prometheus(200, {
    status: "success",
    data: { resultType: "vector", result: [{ metric: { a: "b" }, value: [1, "+Inf"] }] },
  })
  expect(await createPrometheusClient(() => url, testOutbound()).instant("up", 1000)).toEqual({
    ok: true,
    value: [{ labels: { a: "b" }, value: Infinity }],
  })
})

test("a query that does not parse is the asker's mistake, with its position", async () => {
  const url = await prometheus(400, {
    status: "error",
    errorType: "bad_data",
    error: "invalid parameter \"query\": 1:8: parse error: unexpected right parenthesis ')'",
  })
  const answer = await createPrometheusClient(() => url, testOutbound()).raw("query", { query: "(a + )) + c" })
  expect(answer).toMatchObject({
    ok: false,
    error: { code: "PROMETHEUS_QUERY", status: 400, position: { line: 1, column: 7 } },
  })
})

test("a server that fails is not taken for an empty answer", async () => {
  const url = await prometheus(503, { status: "error", errorType: "timeout", error: "query timed out" })
  expect(await createPrometheusClient(() => url, testOutbound()).instant("up", 0)).toMatchObject({
    ok: false,
    error: { code: "PROMETHEUS_FAILED" },
  })
})

test("no Prometheus, or one that is gone, says so with the next step", async () => {
  expect(await createPrometheusClient(() => undefined, testOutbound()).instant("up", 0)).toMatchObject({
    ok: false,
    error: { code: "PROMETHEUS_UNREACHABLE", next: expect.stringContaining("--prometheus-url") as string },
  })
  const url = await prometheus(200, {})
  await new Promise((resolve) => servers.pop()?.close(resolve))
  expect(await createPrometheusClient(() => url, testOutbound()).instant("up", 0)).toMatchObject({
    ok: false,
    error: { code: "PROMETHEUS_UNREACHABLE", retry: "backoff" },
  })
})
