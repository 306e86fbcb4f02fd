import { afterEach, expect, test, vi } from "vitest"
import { formatObjectId } from "@serin/core"
import { createKubeClient } from "../kube/index.ts"
import { answer, startScriptedApi } from "../kube/scripted-api.ts"
import { ManualClock } from "../runtime/index.ts"
import { Watches } from "./watches.ts"

const closing: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

const watched = {
  id: formatObjectId({ group: "", kind: "ConfigMap", namespace: "test", name: "a" }),
  version: "v1",
}

/** Watches of an API that gives its list only when it is told to. */
async function slowWorld() {
  let list: () => void = () => undefined
  const asked = new Promise<void>((resolve) => {
    list = resolve
  })
  let answerList: () => void = () => undefined
  const api = await startScriptedApi((_request, response, url) => {
    if (url.searchParams.get("watch") === "true") return
    answerList = () => answer(response, 200, { kind: "ConfigMapList", metadata: { resourceVersion: "5" }, items: [] })
    list()
  })
  closing.push(() => api.close())
  const client = createKubeClient(api.credentials)
  closing.push(() => client.close())
  const clock = new ManualClock()
  const told = { late: 0 }
  const watches = new Watches({
    client,
    clock,
    log: () => undefined,
    onChange: () => undefined,
    onLateList: () => (told.late += 1),
  })
  closing.push(() => watches.close())
  const ensured = watches.ensure([watched], () => Promise.resolve(true))
  await asked
  return { watches, clock, told, ensured, answerList: () => answerList() }
}

test("a first list that comes late is told, for what it lacks brings no event", async () => {
  const { watches, clock, told, ensured, answerList } = await slowWorld()
  await clock.advance(5_000)
  await ensured
  expect(watches.live(watched)).toEqual({ known: false })
  expect(told.late).toBe(0)
  answerList()
  await vi.waitFor(() => expect(told.late).toBe(1))
  expect(watches.live(watched)).toEqual({ known: true })
})

test("a first list in time is what is waited for, and nothing is told", async () => {
  const { watches, told, ensured, answerList } = await slowWorld()
  answerList()
  await ensured
  expect(watches.live(watched)).toEqual({ known: true })
  expect(told.late).toBe(0)
})

test("where the account's rights end at some namespaces, each of them is watched by itself", async () => {
  const api = await startScriptedApi((_request, response, url) => {
    const watching = url.searchParams.get("watch") === "true"
    if (url.pathname === "/api/v1/configmaps")
      answer(response, 403, { kind: "Status", reason: "Forbidden", message: "no" })
    else if (!watching) answer(response, 200, { kind: "ConfigMapList", metadata: { resourceVersion: "5" }, items: [] })
  })
  closing.push(() => api.close())
  const client = createKubeClient(api.credentials)
  closing.push(() => client.close())
  const told = { late: 0 }
  const watches = new Watches({
    client,
    clock: new ManualClock(),
    log: () => undefined,
    onChange: () => undefined,
    onLateList: () => (told.late += 1),
  })
  closing.push(() => watches.close())
  const all = ["a", "b", "c", "d", "e"].map((namespace) => ({
    ...watched,
    id: watched.id.replace("/test/", `/${namespace}/`),
  }))
  await watches.ensure(all, () => Promise.resolve(true))
  expect([told.late, watches.live(all[0] ?? watched).known]).toEqual([1, false])
  await watches.ensure(all, () => Promise.resolve(true))
  for (const one of all) expect(watches.live(one)).toEqual({ known: true })
})
