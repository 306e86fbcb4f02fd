import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { parseManifests } from "@serin/core"
import { afterEach, expect, test } from "vitest"
import { EventStream } from "../events/index.ts"
import { createKubeClient } from "../kube/index.ts"
import { answer, startScriptedApi } from "../kube/scripted-api.ts"
import { testOutbound } from "../outbound/testing.ts"
import { RegistryClient } from "../registry/index.ts"
import { ManualClock } from "../runtime/index.ts"
import { ImageBook } from "./book.ts"
import { imageUses, type ImageUse } from "./uses.ts"

const closing: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close()
})

const pod = (annotation = "") => `apiVersion: v1
kind: Pod
metadata:
  name: web
  namespace: test
  annotations: {serin.dev/tag.web: "${annotation || "semver:*"}"}
spec:
  imagePullSecrets: [{name: pull}]
  containers: [{name: web, image: "docker.io/library/web:1.0.0"}]
`

const uses = (annotation?: string) =>
  imageUses([{ repositoryKey: "a/b", manifests: parseManifests("pod.yaml", pod(annotation)).manifests }])

async function world() {
  const state = { tags: ["1.0.0"], up: true, asked: 0 }
  const server = createServer((request, response) => {
    state.asked += 1
    if (!state.up) return response.writeHead(503).end()
    if (request.headers.authorization !== `Basic ${Buffer.from("me:pw").toString("base64")}`)
      return response.writeHead(401, { "www-authenticate": "Basic" }).end()
    const path = request.url ?? ""
    if (path.includes("/tags/list")) return answer(response, 200, { tags: state.tags })
    const created = `2026-01-0${path.at(-1)}T00:00:00Z`
    const headers = { "content-type": "application/json", "docker-content-digest": `sha256:${path.at(-1)}` }
    return response
      .writeHead(200, headers)
      .end(JSON.stringify({ annotations: { "org.opencontainers.image.created": created } }))
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  closing.push(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const config = JSON.stringify({ auths: { "https://index.docker.io/v1/": { username: "me", password: "pw" } } })
  const api = await startScriptedApi(
    (request, response) => {
      if (request.url?.includes("/secrets/pull"))
        return answer(response, 200, {
          apiVersion: "v1",
          kind: "Secret",
          metadata: { name: "pull" },
          data: { ".dockerconfigjson": Buffer.from(config).toString("base64") },
        })
      return answer(response, 404, { kind: "Status", reason: "NotFound", message: "not found", code: 404 })
    },
    [
      ["v1", "secrets", "Secret"],
      ["v1", "serviceaccounts", "ServiceAccount"],
    ],
  )
  closing.push(() => api.close())
  const clock = new ManualClock()
  const log = () => undefined
  const kube = createKubeClient(api.credentials)
  closing.push(() => kube.close())
  const events = new EventStream({ clock })
  const registry = new RegistryClient({
    clock,
    outbound: testOutbound(),
    mirrors: () => ({ "docker.io": { endpoint: [url], rewrite: { "^library/(.*)": "$1" } } }),
  })
  const book = new ImageBook({ registry, kubeFor: () => kube, events, clock, random: () => 0.5, log })
  closing.push(() => book.close())
  const listed = () =>
    new Promise<string>((resolve) => {
      const end = book.onChange((repository) => {
        end()
        resolve(repository)
      })
    })
  return { state, clock, events, book, listed }
}

const name = "docker.io/library/web"
const tagsOf = (book: ImageBook) => book.known(name)?.tags.map((info) => info.tag)

test("images that Git uses are listed with their pull secret, again by time, and at once on a push", async () => {
  const { book, state, listed, clock, events } = await world()
  const first = listed()
  book.watch(uses())
  expect(await first).toBe(name)
  expect(tagsOf(book)).toEqual(["1.0.0"])
  state.tags = ["1.0.0", "1.1.0"]
  const second = listed()
  book.pushed(["other", "web"])
  await second
  expect(tagsOf(book)).toEqual(["1.0.0", "1.1.0"])
  expect(events.since(0).events.map((event) => event.message)).toEqual([`New in ${name}: 1.1.0`])
  state.tags = ["1.2.0"]
  const third = listed()
  await clock.advance(60_000)
  await third
  expect(tagsOf(book)).toEqual(["1.2.0"])
  const asked = state.asked
  book.pushed(["other"])
  await clock.advance(1000)
  expect(state.asked).toBe(asked)
})

test("while the registry is away the last listing stays, the failure is told once, and it goes on by itself", async () => {
  const { book, state, listed, clock, events } = await world()
  const first = listed()
  book.watch(uses())
  await first
  state.up = false
  book.pushed(["web"])
  while (book.failure(name) === undefined) await clock.advance(1)
  expect(tagsOf(book)).toEqual(["1.0.0"])
  expect(book.failure(name)).toMatchObject({ code: "REGISTRY_FAILED" })
  state.up = true
  const again = listed()
  while (book.failure(name) !== undefined) await clock.advance(1000)
  await again
  expect(events.since(0).events.map(({ kind, message }) => `${kind}: ${message}`)).toEqual([
    expect.stringMatching(/^error: Registry .* answered 503\. Look at the registry's answer/),
    `image: The tags of ${name} can be listed again`,
  ])
})

test("creation dates are fetched for a policy that goes by them, and for no other", async () => {
  const { book, state, listed } = await world()
  state.tags = ["1.0.0", "main-2", "main-3"]
  const first = listed()
  book.watch(uses())
  await first
  expect(book.known(name)?.tags.every((info) => info.created === undefined)).toBe(true)
  const second = listed()
  book.watch(uses("newest:main-*"))
  await second
  expect(book.known(name)?.tags).toEqual([
    { tag: "1.0.0", created: "2026-01-00T00:00:00Z" },
    { tag: "main-2", created: "2026-01-02T00:00:00Z" },
    { tag: "main-3", created: "2026-01-03T00:00:00Z" },
  ])
})

test("every workload's use of an image is known, with its policy", () => {
  const found: ImageUse[] = uses().get(name) ?? []
  expect(found).toMatchObject([
    { repositoryKey: "a/b", namespace: "test", serviceAccount: "default", pullSecrets: ["pull"], tag: "1.0.0" },
  ])
  expect(found[0]?.policy?.text).toBe("semver:*")
})
