import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { afterEach, expect, test } from "vitest"
import { unwrap } from "../errors.ts"
import { EventStream } from "../events/index.ts"
import { TestHost } from "../git/test-host.ts"
import { ImageBook, imageUses } from "../images/index.ts"
import { createKubeClient } from "../kube/index.ts"
import { answer, startScriptedApi } from "../kube/scripted-api.ts"
import type { Revision } from "../parts.ts"
import { testOutbound } from "../outbound/testing.ts"
import { RegistryClient } from "../registry/index.ts"
import { systemClock } from "../runtime/index.ts"
import { RevisionReader } from "../source/revision.ts"
import { releaseByHand, switchByHand } from "./by-hand.ts"
import { releaseByPolicy } from "./by-policy.ts"

const closing: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close()
})

const web = `apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  namespace: test
spec:
  template:
    spec:
      containers:
        - name: web
          image: web:1.0.0 # the version
`
const path = "cluster/web.yaml"
const key = "serin-system/config"
const alice = { name: "alice@example.org" }

/** A registry with these tags, a config repo on disk, and what the agent knows of both. */
async function world(tags: readonly string[], text = web) {
  const registry = { tags: [...tags], up: true }
  const server = createServer((request, response) => {
    if (!registry.up) return response.writeHead(503).end()
    const url = request.url ?? ""
    if (url.includes("/tags/list")) return answer(response, 200, { tags: registry.tags })
    const tag = url.split("/").at(-1) ?? ""
    if (!registry.tags.includes(tag)) return response.writeHead(404).end()
    return response.writeHead(200, { "docker-content-digest": `sha256:${Buffer.from(tag).toString("hex")}` }).end()
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  closing.push(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const api = await startScriptedApi((_, response) => answer(response, 404, { kind: "Status", code: 404 }))
  const kube = createKubeClient(api.credentials)
  closing.push(
    () => api.close(),
    () => kube.close(),
  )
  const host = await TestHost.start({ [path]: text })
  closing.push(() => host.close())
  const mirror = host.mirror()
  const writer = host.writer({ mirror })
  closing.push(() => writer.close())
  const reader = new RevisionReader()
  let head: Revision | undefined
  const refresh = async (): Promise<void> => {
    const fetched = unwrap(await mirror.fetch())
    head = await reader.read(unwrap(await mirror.tree(fetched.head)), "cluster")
  }
  await refresh()
  const metadata = { name: "config", namespace: "serin-system" }
  const repository = { apiVersion: "serin.dev/v1alpha1", kind: "Repository", metadata, spec: { url: host.url } }
  const repositories = {
    list: () => [repository],
    get: () => repository,
    head: () => head,
    writer: () => writer,
    past: (_: string, commit: string, paths: readonly string[]) => mirror.past(commit, paths),
  }
  const log = () => undefined
  const events = new EventStream({ clock: systemClock })
  const client = new RegistryClient({
    clock: systemClock,
    outbound: testOutbound(),
    mirrors: () => ({ "docker.io": { endpoint: [url] } }),
  })
  const images = new ImageBook({
    registry: client,
    kubeFor: () => kube,
    events,
    clock: systemClock,
    random: () => 0.5,
    log,
  })
  closing.push(() => images.close())
  const list = async (): Promise<void> => {
    const listed = new Promise((resolve) => images.onChange(resolve))
    images.watch(imageUses([{ repositoryKey: key, manifests: head?.manifests ?? [] }]))
    images.pushed(["library/web"])
    await listed
  }
  const words = new Map<string, string>()
  const byPolicy = () =>
    releaseByPolicy(key, { repositories, images, events, log, words }, new AbortController().signal)
  return { host, registry, images, repositories, refresh, list, byPolicy, words, events }
}

const request = { namespace: "test", workload: "web", tag: "1.1.0" }
const automated = (policy: string) =>
  web.replace(
    "  namespace: test\n",
    `  namespace: test\n  annotations: {serin.dev/automated: "true", serin.dev/tag.web: "${policy}"}\n`,
  )

test("a dry run shows exactly the diff that the release then commits, in the person's name", async () => {
  const { host, repositories, images } = await world(["1.0.0", "1.1.0"])
  const before = await host.head()
  const dry = await releaseByHand({ repositories, images }, { ...request, dryRun: true }, alice)
  expect(dry.diff).toContain("-          image: web:1.0.0 # the version\n+          image: web:1.1.0 # the version\n")
  expect(await host.head()).toBe(before)
  const wet = await releaseByHand({ repositories, images }, { ...request, reason: "It is faster." }, alice)
  expect(wet).toMatchObject({
    dryRun: false,
    diff: dry.diff,
    refused: [],
    objects: [{ kind: "Deployment", namespace: "test", name: "web", from: "web:1.0.0", to: "web:1.1.0" }],
    commit: await host.head(),
  })
  expect(await host.show(path)).toBe(web.replace("1.0.0", "1.1.0").trim())
  const commit = await host.git(["log", "-1", "--format=%an <%ae>%n%B", "main"], host.bare)
  expect(commit).toContain("alice@example.org <alice@example.org>\nRelease web 1.1.0\n\nIt is faster.\n")
  expect(commit).toContain("Serin-Cause: user alice@example.org")
})

test("what cannot be released says why, and nothing is committed", async () => {
  const { host, repositories, images, registry } = await world(["1.0.0"])
  const parts = { repositories, images }
  await expect(releaseByHand(parts, request, alice)).rejects.toMatchObject({
    code: "REGISTRY_NOT_FOUND",
    message: "There is no web:1.1.0 in its registry.",
    next: expect.stringContaining("serin images") as string,
  })
  await expect(releaseByHand(parts, { ...request, workload: "other" }, alice)).rejects.toMatchObject({
    code: "NOT_FOUND",
  })
  expect(await releaseByHand(parts, { ...request, tag: "1.0.0" }, alice)).toMatchObject({
    message: "Deployment test/web has web:1.0.0 already.",
    diff: "",
  })
  registry.up = false
  await expect(releaseByHand(parts, request, alice)).rejects.toMatchObject({ code: "REGISTRY_FAILED" })
  expect(await host.subjects()).toEqual(["first"])
})

test("a locked workload is refused with its message until it is unlocked", async () => {
  const { repositories, images, refresh } = await world(["1.0.0", "1.1.0"])
  const parts = { repositories, images }
  const workload = { namespace: "test", name: "web", kind: "deployment" }
  await switchByHand(parts, "lock", workload, { message: "the fair" }, alice)
  await refresh()
  const refused = await releaseByHand(parts, request, alice)
  expect(refused.refused).toEqual([
    { object: "Deployment test/web", reason: "Deployment test/web is locked (the fair); `serin unlock` opens it." },
  ])
  await switchByHand(parts, "unlock", workload, {}, alice)
  await refresh()
  expect((await releaseByHand(parts, request, alice)).commit).toBeDefined()
  await expect(switchByHand(parts, "automate", workload, { policy: { "*": "banana" } }, alice)).rejects.toMatchObject({
    code: "EDIT_REFUSED",
  })
})

test("a policy releases the newest tag once, and nothing while nothing is new", async () => {
  const { host, list, byPolicy, refresh, words, registry } = await world(
    ["1.0.0", "1.1.0", "2.0.0"],
    automated("semver:~1"),
  )
  await list()
  await byPolicy()
  expect(await host.subjects()).toEqual(["first", "Release web 1.1.0"])
  expect(await host.git(["log", "-1", "--format=%B", "main"], host.bare)).toContain("Serin-Cause: policy semver:~1")
  await byPolicy()
  await refresh()
  await byPolicy()
  expect(await host.subjects()).toHaveLength(2)
  expect([...words.values()]).toEqual(["1.1.0 is the newest tag that semver:~1 allows."])
  registry.tags = ["1.0.0"]
  await list()
  await byPolicy()
  expect(await host.subjects()).toHaveLength(2)
})

test("a registry that is away changes nothing, and is asked again", async () => {
  const { host, list, byPolicy, registry, words } = await world(["1.0.0", "1.1.0"], automated("semver:~1"))
  expect(await byPolicy()).toEqual({ kind: "done" })
  await list()
  registry.up = false
  expect(await byPolicy()).toEqual({ kind: "after", ms: 10_000 })
  expect([...words.values()][0]).toContain("1.1.0 is newer, but Registry 127.0.0.1")
  expect(await host.subjects()).toEqual(["first"])
})

test("a person's push between choice and commit makes the choice obsolete", async () => {
  const { host, list, byPolicy } = await world(["1.0.0", "1.1.0"], automated("semver:~1"))
  await list()
  await host.push("older on purpose", { [path]: automated("semver:~1").replace("web:1.0.0", "web:0.9.0") })
  await byPolicy()
  expect(await host.subjects()).toEqual(["first", "older on purpose"])
})

test("what a person takes back is locked and not released again, however long nobody looked; unlocking lets the policy go on", async () => {
  const { host, repositories, images, list, byPolicy, refresh, registry, events } = await world(
    ["1.0.0", "1.1.0"],
    automated("semver:~1"),
  )
  await list()
  await byPolicy()
  // Nothing here has looked at the branch since its own push, as after a kill.
  await host.git(["pull", "--quiet", "--ff-only"], host.work)
  await host.git(["revert", "--no-edit", "HEAD"], host.work)
  await host.push("note", { "note.txt": "by hand" })
  registry.tags = ["1.0.0", "1.1.0", "1.2.0"]
  await refresh()
  await list()
  await byPolicy()
  await refresh()
  await byPolicy()
  const after = ["first", "Release web 1.1.0", 'Revert "Release web 1.1.0"', "note", "Lock web"]
  expect(await host.subjects()).toEqual(after)
  const manifest = await host.show(path)
  expect(manifest).toContain("image: web:1.0.0 # the version")
  expect(manifest).toContain("A person went back from web:1.1.0 to web:1.0.0; `serin unlock` lets semver:~1 go on.")
  expect(events.since(0).events.map(({ kind }) => kind)).toEqual(expect.arrayContaining(["release", "lock"]))
  await switchByHand(
    { repositories, images },
    "unlock",
    { namespace: "test", name: "web", kind: "deployment" },
    {},
    alice,
  )
  await refresh()
  await byPolicy()
  expect((await host.subjects()).slice(after.length)).toEqual(["Unlock web", "Release web 1.2.0"])
})
