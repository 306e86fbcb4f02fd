import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { afterEach, expect, test } from "vitest"
import { createKubeClient } from "../kube/index.ts"
import { answer, startScriptedApi } from "../kube/scripted-api.ts"
import { checkHooks } from "./hooks.ts"

const closing: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

const repository = {
  metadata: { namespace: "serin-system", name: "config" },
  spec: { url: "u", hooks: { secretRef: { name: "serin-hooks" } } },
}

/** The results with these settings, of an API that knows one Repository. */
async function checked(data: Readonly<Record<string, string>>) {
  const api = await startScriptedApi(
    (_request, response, url) =>
      answer(response, 200, url.pathname.includes("/configmaps/") ? { data } : { metadata: {}, items: [repository] }),
    [],
    { "serin.dev": [["v1alpha1", "repositories", "Repository"]] },
  )
  closing.push(() => api.close())
  const kube = createKubeClient(api.credentials)
  closing.push(() => kube.close())
  return checkHooks(kube)
}

async function server(status: number): Promise<string> {
  const seen = createServer((request, response) => {
    request.resume()
    response.writeHead(request.url === "/hooks/git/serin-system/config" ? status : 500).end()
  })
  await new Promise<void>((resolve) => seen.listen(0, "127.0.0.1", resolve))
  closing.push(async () => {
    seen.closeAllConnections()
    await new Promise((resolve) => seen.close(resolve))
  })
  return `http://127.0.0.1:${(seen.address() as AddressInfo).port}`
}

test("an address that refuses an unsigned push is the receiver", async () => {
  expect(await checked({ hooksUrl: await server(401), publicUrl: "http://127.0.0.1:9" })).toMatchObject([{ ok: true }])
})

test("an address where something else answers is told", async () => {
  const [result] = await checked({ publicUrl: await server(404) })
  expect(result).toMatchObject({ ok: false, message: expect.stringContaining("answers 404") as string })
})

test("an address where nobody answers is told with what should be there", async () => {
  const [result] = await checked({ hooksUrl: "http://127.0.0.1:9" })
  expect(result?.next).toContain("port 81 of Service serin-system/serin")
})

test("without an address there is nothing to try", async () => {
  expect(await checked({})).toMatchObject([{ ok: true, message: expect.stringContaining("by time") as string }])
})
