import { mkdtemp, rename, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest"
import { sameJson } from "../../packages/core/src/index.ts"
import { unwrap } from "../../packages/agent/src/errors.ts"
import {
  AgentWorld,
  configMap,
  namespaceFile,
  route,
  service,
  startCluster,
  subsets,
  until,
  yaml,
  type Any,
  type Cluster,
} from "./agent-world.ts"

let folder: string
let cluster: Cluster
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "serin-sync-"))
  cluster = await startCluster(folder)
})
afterAll(async () => {
  await cluster.close()
  await rm(folder, { recursive: true })
})

const worlds: AgentWorld[] = []
afterEach(async () => {
  for (const world of worlds.splice(0)) await world.close()
})

async function start(files: Readonly<Record<string, string>>, spec: object = {}): Promise<AgentWorld> {
  const world = await AgentWorld.start(cluster, files, spec)
  worlds.push(world)
  return world
}

const basic = {
  "cluster/namespace.yaml": namespaceFile,
  "cluster/a.yaml": configMap("a", { x: "1" }),
  "cluster/b.yaml": configMap("b", { x: "1" }),
}

describe("sync", () => {
  it("applies a revision, namespaces first, and says what it holds", async () => {
    const world = await start({ ...basic, "cluster/service.yaml": service() })
    const { status } = await world.synced()
    expect(world.applied()[0]).toBe(`Namespace//${world.namespace}`)
    expect(status?.inventory?.map(({ id }) => id)).toEqual([
      `ConfigMap/${world.namespace}/a`,
      `ConfigMap/${world.namespace}/b`,
      `Namespace//${world.namespace}`,
      `Service/${world.namespace}/web`,
    ])
    expect(status?.inventory?.every(({ desired, live }) => desired && live)).toBe(true)
    const map = await world.get("ConfigMap", "a")
    expect(map).toMatchObject({ data: { x: "1" }, metadata: { annotations: { "serin.dev/owner": world.key } } })
    expect(map?.metadata.managedFields?.map(({ manager, operation }) => `${manager} ${operation}`)).toEqual([
      "serin Apply",
    ])
    expect(world.core.parts.sync.of(world.key)).toMatchObject({ ready: true, objects: 4 })
  })

  it("spends a request only on what changed", async () => {
    const world = await start(basic)
    await world.synced()
    world.applied()
    await world.synced(await world.push("change b", { "cluster/b.yaml": configMap("b", { x: "2" }) }))
    expect(world.applied()).toEqual([`ConfigMap/${world.namespace}/b`])
    await world.synced(await world.push("rewrite a", { "cluster/a.yaml": `# the same\n${configMap("a", { x: "1" })}` }))
    expect(world.applied()).toEqual([])
    expect(await world.get("ConfigMap", "b")).toMatchObject({ data: { x: "2" } })
  })

  it("brings a definition and its objects in one revision", async () => {
    const group = `g${Date.now().toString(36)}.example.org`
    const crd = {
      apiVersion: "apiextensions.k8s.io/v1",
      kind: "CustomResourceDefinition",
      metadata: { name: `widgets.${group}`, annotations: { "serin.dev/prune": "enabled" } },
      spec: {
        group,
        scope: "Namespaced",
        names: { kind: "Widget", plural: "widgets", singular: "widget", listKind: "WidgetList" },
        versions: [
          {
            name: "v1",
            served: true,
            storage: true,
            schema: {
              openAPIV3Schema: {
                type: "object",
                properties: { spec: { type: "object", properties: { size: { type: "integer" } } } },
              },
            },
          },
        ],
      },
    }
    const widget = (size: unknown) =>
      yaml({ apiVersion: `${group}/v1`, kind: "Widget", metadata: { name: "w", namespace: "NS" }, spec: { size } })
    const world = await start({ ...basic, "cluster/0-widget.yaml": widget(3), "cluster/crd.yaml": yaml(crd) })
    await world.synced()
    expect(await world.get("Widget", "w", `${group}/v1`)).toMatchObject({ spec: { size: 3 } })
    await world.push("bad size", { "cluster/0-widget.yaml": widget("large") })
    await world.said(/cluster\/0-widget\.yaml:1: Widget .*w: .*size/)
  })

  it("has the change live and recorded within the second after a push", async () => {
    const world = await start(basic)
    await world.synced()
    const took: number[] = []
    for (let round = 1; round <= 20; round += 1) {
      const files = { "cluster/a.yaml": configMap("a", { round: String(round) }) }
      await world.push(`round ${round}`, files)
      const pushed = performance.now()
      await until(`round ${round} is live`, () => holds(world, "a", { round: String(round) }))
      took.push(performance.now() - pushed)
    }
    took.sort((a, b) => a - b)
    console.log(`push to live: median ${Math.round(took[9] ?? 0)} ms, p95 ${Math.round(took[18] ?? 0)} ms`)
  })
})

describe("a revision that cannot be applied", () => {
  const change = { "cluster/a.yaml": configMap("a", { x: "changed" }) }

  it.each<[string, Record<string, string>, RegExp]>([
    ["does not parse", { "cluster/broken.yaml": "apiVersion: v1\nkind: [\n" }, /cluster\/broken\.yaml:\d: /],
    [
      "states a field that its kind does not have",
      { "cluster/broken.yaml": service({ prots: [] }) },
      /cluster\/broken\.yaml:1: Service .*web: .*prots/,
    ],
    [
      "states a value of the wrong type",
      { "cluster/broken.yaml": service({ ports: "eighty" }) },
      /cluster\/broken\.yaml:1: Service .*web: .*ports/,
    ],
    [
      "states a value that the kind forbids",
      { "cluster/broken.yaml": configMap("Not_A_Name") },
      /cluster\/broken\.yaml:1: ConfigMap .*Not_A_Name: .*RFC 1123/,
    ],
    [
      "is of a kind that nobody serves",
      { "cluster/broken.yaml": "apiVersion: example.org/v9\nkind: Nothing\nmetadata: {name: nn, namespace: NS}\n" },
      /cluster\/broken\.yaml:1: Nothing .*nn: the cluster serves no kind/,
    ],
    [
      "states an object twice",
      { "cluster/z.yaml": `\n\n${configMap("a")}` },
      /cluster\/z\.yaml:3: ConfigMap .*a: is stated twice: also in cluster\/a\.yaml:1/,
    ],
    [
      "is broken in a namespace that it would make",
      {
        "cluster/new.yaml": namespaceFile.replaceAll("NS", "NS-new"),
        "cluster/new-service.yaml": service({ prots: [] }).replaceAll("NS", "NS-new"),
      },
      /cluster\/new-service\.yaml:1: Service .*-new\/web: .*prots/,
    ],
    ["has a kustomization", { "cluster/sub/kustomization.yaml": "resources: []\n" }, /not built yet/],
  ])("because it %s: nothing of it is applied, the last good stays", async (_why, files, message) => {
    const world = await start(basic)
    const good = await world.host.head()
    await world.synced()
    world.applied()
    await world.push("break it", { ...change, ...files })
    const { status } = await world.said(message)
    expect(status?.revision).toBe(good)
    expect(status?.conditions?.find(({ type }) => type === "Ready")).toMatchObject({
      status: "False",
      reason: "RevisionInvalid",
    })
    expect(world.applied()).toEqual([])
    expect(await world.get("ConfigMap", "a")).toMatchObject({ data: { x: "1" } })
    expect((await cluster.kube.get({ apiVersion: "v1", kind: "Namespace", name: `${world.namespace}-new` })).ok).toBe(
      false,
    )
    expect(world.events("error").at(-1)).toMatch(message)
    // Drift is still put right, to the last good revision.
    await world.edit("ConfigMap", "b", { data: { x: "drifted" } })
    await until("b is put back", async () => holds(world, "b", { x: "1" }))
    const mended = await world.push("mend it", {}, Object.keys(files))
    await world.synced(mended)
    expect(await world.get("ConfigMap", "a")).toMatchObject({ data: { x: "changed" } })
  })

  it("because the one object that it changes is refused, leaves it as it was; the last good stays", async () => {
    const world = await start(basic)
    const good = await world.host.head()
    await world.synced()
    await world.push("break a", { "cluster/a.yaml": configMap("a", { x: "2" }).replace('"data"', '"dat"') })
    const { status } = await world.said(/cluster\/a\.yaml:1: ConfigMap .*a: .*dat/)
    expect(status?.revision).toBe(good)
    expect(status?.conditions?.find(({ type }) => type === "Ready")?.reason).toBe("RevisionInvalid")
    expect(world.events("error").at(-1)).toMatch(/nothing of it/)
    await world.edit("ConfigMap", "a", { data: { x: "drifted" } })
    await until("a is put back", async () => holds(world, "a", { x: "1" }))
    await world.synced(await world.push("mend a", { "cluster/a.yaml": configMap("a", { x: "3" }) }))
    expect(await world.get("ConfigMap", "a")).toMatchObject({ data: { x: "3" } })
  })

  it("because the one object that it changes is refused, takes over nothing of it from kubectl", async () => {
    const world = await start(basic)
    await world.synced()
    const by = { fieldManager: "kubectl-client-side-apply" }
    unwrap(await cluster.kube.patch(world.ref("ConfigMap", "a"), "merge", { data: { y: "kubectl's" } }, by))
    await world.push("break a", { "cluster/a.yaml": configMap("a", { x: "2" }).replace('"data"', '"dat"') })
    await world.said(/cluster\/a\.yaml:1: ConfigMap .*a: .*dat/)
    const managers = (await world.get("ConfigMap", "a"))?.metadata.managedFields?.map(({ manager }) => manager)
    expect(managers?.toSorted()).toEqual(["kubectl-client-side-apply", "serin"])
    await world.synced(await world.push("mend a", { "cluster/a.yaml": configMap("a", { x: "3" }) }))
    expect((await world.get("ConfigMap", "a"))?.["data"]).toEqual({ x: "3" })
  })

  it("leaves an empty folder's objects alone", async () => {
    const world = await start(basic)
    await world.synced()
    await world.push("move all away", { "elsewhere/a.yaml": configMap("a") }, [
      "cluster/a.yaml",
      "cluster/b.yaml",
      "cluster/namespace.yaml",
    ])
    await world.said(/the folder holds no manifests; is spec\.path right\?/)
    expect(await world.get("ConfigMap", "a")).toBeDefined()
  })

  it("hides a Secret's values in its refusal", async () => {
    const secret = yaml({
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name: "s", namespace: "NS" },
      data: { key: 918273645 },
    })
    const world = await start({ ...basic, "cluster/s.yaml": secret })
    const { status } = await world.said(/cluster\/s\.yaml:1: Secret .*s: /)
    expect(JSON.stringify(status) + world.log.join() + world.events("error").join()).not.toContain("918273645")
  })

  it("is refused when the Repository's account may not apply it, and names the account", async () => {
    const world = await start(basic)
    await world.synced()
    await cluster.kube.apply({
      apiVersion: "v1",
      kind: "ServiceAccount",
      metadata: { name: "weak", namespace: world.home },
    })
    await world.patchRepository({ spec: { serviceAccountName: "weak" } })
    await world.push("change a", change)
    await world.said(new RegExp(`cluster/a\\.yaml:1: ConfigMap .*forbidden.*system:serviceaccount:${world.home}:weak`))
    expect(await world.get("ConfigMap", "a")).toMatchObject({ data: { x: "1" } })
  })
})

describe("drift", () => {
  it("is put back and recorded with who did it", async () => {
    const world = await start({ ...basic, "cluster/service.yaml": service() })
    await world.synced()
    const began = performance.now()
    await world.edit("ConfigMap", "a", { data: { x: "drifted", other: "kept" }, metadata: { labels: { mine: "yes" } } })
    await until("a is put back", async () => (await world.get("ConfigMap", "a"))?.["data"]?.["x" as never] === "1")
    console.log(`drift undone after ${Math.round(performance.now() - began)} ms`)
    // What Git does not state is others' own.
    expect(await world.get("ConfigMap", "a")).toMatchObject({
      data: { x: "1", other: "kept" },
      metadata: { labels: { mine: "yes" } },
    })
    await until("it is recorded", () => world.events("drift").length === 1)
    expect(world.events("drift")).toEqual([`ConfigMap ${world.namespace}/a: data.x changed by kubectl-edit, put back`])
    await until("kubectl describe shows it", async () => {
      const kind = { apiVersion: "v1", kind: "Event" }
      const { items } = unwrap(await cluster.kube.list<Any>(kind, { namespace: world.namespace }))
      const uid = (await world.get("ConfigMap", "a"))?.metadata.uid
      return items.some((event) => {
        const involved = event["involvedObject"] as { uid?: string } | undefined
        return event["reason"] === "DriftCorrected" && involved?.uid === uid
      })
    })
    await world.remove("Service", "web")
    await until("the service is back", async () => (await world.get("Service", "web")) !== undefined)
    await until("that is recorded", () => world.events("drift").length === 2)
    expect(world.events("drift")[1]).toMatch(/^Service .*web: deleted \(Kubernetes does not tell by whom\), put back$/)
  })

  it.each<[string, (world: AgentWorld) => Promise<unknown>]>([
    ["another drift of it is put back", (world) => world.edit("Service", "web", { spec: { selector: { app: "no" } } })],
    [
      "a change in Git is applied",
      (world) => world.push("another port", { "cluster/service.yaml": service({ selector: { app: "other" } }) }),
    ],
  ])("is told as a deletion when it is removed just as %s", async (_what, begin) => {
    const world = await start({ ...basic, "cluster/service.yaml": service() })
    await world.synced()
    await world.core.close()
    let removed = false
    world.core = world.start(async (boundary) => {
      if (removed || !boundary.startsWith("apply:before Service/")) return
      removed = true
      await world.remove("Service", "web")
    })
    await world.synced()
    await begin(world)
    await until("the deletion is recorded", () => world.events("drift").length > 0)
    expect(removed).toBe(true)
    expect(world.events("drift")).toEqual([
      `Service ${world.namespace}/web: deleted (Kubernetes does not tell by whom), put back`,
    ])
    expect(await world.get("Service", "web")).toBeDefined()
  })

  it("is not seen in what the API defaults or a controller adds", async () => {
    const world = await start({ ...basic, "cluster/service.yaml": service() })
    await world.synced()
    world.applied()
    await world.edit("Service", "web", { spec: { sessionAffinity: "ClientIP" } })
    await world.synced(await world.push("something else", { "cluster/b.yaml": configMap("b", { x: "2" }) }))
    expect(await world.get("Service", "web")).toMatchObject({ spec: { sessionAffinity: "ClientIP" } })
    expect(world.applied()).toEqual([`ConfigMap/${world.namespace}/b`])
    expect(world.events("drift")).toEqual([])
  })

  it("is left alone where annotations ask for it", async () => {
    const world = await start({
      ...basic,
      "cluster/a.yaml": configMap("a", { x: "1", y1: "1" }, { "serin.dev/ignore": "/data/x" }),
      "cluster/b.yaml": configMap("b", { x: "1" }, { "serin.dev/sync": "disabled" }),
    })
    await world.synced()
    expect(await world.get("ConfigMap", "b")).toBeUndefined()
    expect(await world.get("ConfigMap", "a")).toMatchObject({ data: { y1: "1" } })
    await world.edit("ConfigMap", "a", { data: { x: "theirs", y1: "drifted" } })
    await until("y1 is put back", async () => holds(world, "a", { x: "theirs", y1: "1" }))
  })

  it("is fought five times, then with pauses, and reported", async () => {
    const world = await start(basic)
    await world.synced()
    for (let round = 1; round <= 5; round += 1) {
      await world.edit("ConfigMap", "a", { data: { x: `drift ${round}` } })
      await until(`round ${round} is put back`, async () => holds(world, "a", { x: "1" }))
      await until("it is recorded", () => world.events("drift").length === round)
    }
    expect(world.events("drift").at(-1)).toMatch(/for the 5th time; the next time in 30 s.*serin\.dev\/ignore/)
    await world.edit("ConfigMap", "a", { data: { x: "again" } })
    await world.said(/data\.x changed by kubectl-edit again and again/)
    expect(await world.get("ConfigMap", "a")).toMatchObject({ data: { x: "again" } })
  })
})

describe("prune", () => {
  it("removes what left Git, and keeps what is protected", async () => {
    const world = await start({
      ...basic,
      "cluster/c.yaml": configMap("c", {}, { "serin.dev/prune": "disabled" }),
      "cluster/d.yaml": configMap("d"),
    })
    await world.synced()
    await world.push("remove", {}, ["cluster/a.yaml", "cluster/c.yaml", "cluster/namespace.yaml"])
    const { status } = await world.said(/is kept/)
    expect(await world.get("ConfigMap", "a")).toBeUndefined()
    expect(await world.get("ConfigMap", "b")).toBeDefined()
    expect(await world.get("ConfigMap", "c")).toBeDefined()
    expect(status?.inventory?.map(({ id }) => id)).toContain(`Namespace//${world.namespace}`)
    expect(status?.inventory?.map(({ id }) => id)).not.toContain(`ConfigMap/${world.namespace}/a`)
  })

  it("does not remove more than half at once without being told that this is meant", async () => {
    const many = Object.fromEntries(Array.from({ length: 8 }, (_, n) => [`cluster/m${n}.yaml`, configMap(`m${n}`)]))
    const world = await start({ ...basic, ...many })
    await world.synced()
    await world.push("remove many", {}, Object.keys(many))
    await world.said(/8 of 11 objects are no longer in Git, more than half: nothing is removed.*allow-mass-prune/)
    expect(await world.get("ConfigMap", "m0")).toBeDefined()
    await world.patchRepository({ metadata: { annotations: { "serin.dev/allow-mass-prune": "true" } } })
    await until("m0 is gone", async () => (await world.get("ConfigMap", "m0")) === undefined)
    await world.until("the inventory is small", ({ status }) => status?.inventory?.length === 3)
    await world.synced()
  })

  it("touches nothing that it did not make, also under a name that once was ours", async () => {
    const world = await start(basic)
    await world.synced()
    await world.patchRepository({ spec: { suspend: true } })
    await world.said(/suspended/)
    await world.remove("ConfigMap", "b")
    const theirs = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "b", namespace: world.namespace } }
    unwrap(await cluster.kube.apply(theirs, { fieldManager: "someone" }))
    const commit = await world.push("stop stating b", {}, ["cluster/b.yaml"])
    await world.until("the head is seen", ({ status }) => status?.head === commit)
    await world.patchRepository({ spec: { suspend: false } })
    const { status } = await world.synced()
    expect(status?.inventory?.map(({ id }) => id)).not.toContain(`ConfigMap/${world.namespace}/b`)
    expect(await world.get("ConfigMap", "b")).toBeDefined()
  })
})

describe("the git host", () => {
  it("may be away for a while: it says so, keeps all, corrects drift, and goes on by itself", async () => {
    const world = await start(basic, { interval: "1s" })
    await world.synced()
    await rename(world.host.bare, `${world.host.bare}.away`)
    world.core.parts.repositories.fetchNow(world.key)
    await world.said(/does not (exist|appear to be).*revision \w{7} stays/, "Fetched")
    expect(world.core.parts.sync.of(world.key)).toMatchObject({ ready: false })
    await world.restart()
    await world.edit("ConfigMap", "a", { data: { x: "drifted" } })
    await until("a is put back", async () => holds(world, "a", { x: "1" }))
    await rename(`${world.host.bare}.away`, world.host.bare)
    const commit = await world.host.push("back again", {
      "cluster/a.yaml": configMap("a", { x: "2" }).replaceAll("NS", world.namespace),
    })
    await world.synced(commit)
    await world.said(/was read/, "Fetched")
    expect(world.events("revision").join("\n")).toMatch(/can be read again/)
  })

  it("may lose the branch: the last revision stays", async () => {
    const world = await start(basic)
    const { status: before } = await world.synced()
    const head = await world.host.head()
    await world.host.git(["update-ref", "-d", "refs/heads/main"], world.host.bare)
    world.core.parts.repositories.fetchNow(world.key)
    const { status } = await world.said(/couldn't find remote ref.*stays\. Push the branch again/, "Fetched")
    expect(status?.inventory).toEqual(before?.inventory)
    expect(await world.get("ConfigMap", "a")).toBeDefined()
    await world.host.git(["update-ref", "refs/heads/main", head], world.host.bare)
    await world.said(/was read/, "Fetched")
  })

  it("may show another history after a force-push, which is followed and said", async () => {
    const world = await start(basic)
    await world.synced()
    await world.synced(await world.push("second", { "cluster/c.yaml": configMap("c") }))
    await world.host.git(["reset", "--quiet", "--hard", "HEAD~1"], world.host.work)
    await world.host.git(["commit", "--quiet", "--allow-empty", "--message", "other"], world.host.work)
    await world.host.git(["push", "--quiet", "--force", "origin", "HEAD:main"], world.host.work)
    world.core.parts.repositories.fetchNow(world.key)
    await world.synced()
    expect(await world.get("ConfigMap", "c")).toBeUndefined()
    expect(world.events("revision").at(-1)).toMatch(/was force-pushed: \w{7} is no longer in its history; following/)
  })
})

describe("a Repository", () => {
  it("can be suspended and resumed", async () => {
    const world = await start(basic)
    await world.synced()
    await world.patchRepository({ spec: { suspend: true } })
    await world.said(/suspended/)
    const commit = await world.push("while suspended", { "cluster/a.yaml": configMap("a", { x: "2" }) })
    await world.until("the head is seen", ({ status }) => status?.head === commit)
    await world.edit("ConfigMap", "b", { data: { x: "by hand" } })
    expect(world.core.parts.sync.objectState(world.ref("ConfigMap", "a"))).toBe("suspended")
    await world.patchRepository({ spec: { suspend: false } })
    await world.synced(commit)
    expect(await world.get("ConfigMap", "a")).toMatchObject({ data: { x: "2" } })
    await until("b is put back", async () => holds(world, "b", { x: "1" }))
  })

  it("does not take another's object, and gets it when the other lets go", async () => {
    const world = await start(basic)
    await world.synced()
    await world.host.git(["branch", "second"], world.host.bare)
    await world.createRepository("second", { url: world.host.url, branch: "second" })
    await until("the second waits", async () => {
      const { status } = await world.repository("second")
      return /belongs to Repository home-\w+\/config/.test(
        status?.conditions?.find(({ type }) => type === "Ready")?.message ?? "",
      )
    })
    const uid = (await world.get("ConfigMap", "a"))?.metadata.uid
    await world.push("let go", { "cluster/own.yaml": configMap("own") }, [
      "cluster/a.yaml",
      "cluster/b.yaml",
      "cluster/namespace.yaml",
    ])
    await until("the second has it", async () => {
      const map = await world.get("ConfigMap", "a")
      return map?.metadata.annotations?.["serin.dev/owner"] === `${world.home}/second`
    })
    expect((await world.get("ConfigMap", "a"))?.metadata.uid).toBe(uid)
  })
})

describe("single objects", () => {
  it("that cannot be changed fail alone, and are made anew on request", async () => {
    const account = yaml({ apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "default", namespace: "NS" } })
    const loadtest = (container: string, annotations = {}) =>
      yaml({
        apiVersion: "v1",
        kind: "Pod",
        metadata: { name: "loadtest", namespace: "NS", annotations },
        spec: { containers: [{ name: container, image: "nothing" }] },
      })
    const world = await start({ ...basic, "cluster/default.yaml": account, "cluster/loadtest.yaml": loadtest("one") })
    await world.synced()
    await world.push("change both", {
      "cluster/loadtest.yaml": loadtest("two"),
      "cluster/a.yaml": configMap("a", { x: "2" }),
    })
    await world.said(/1 of 5 objects could not be applied: Pod .*loadtest.*serin\.dev\/recreate/)
    expect(await world.get("ConfigMap", "a")).toMatchObject({ data: { x: "2" } })
    const again = { "cluster/loadtest.yaml": loadtest("two", { "serin.dev/recreate": "true" }) }
    await world.synced(await world.push("recreate", again))
    expect(await world.get("Pod", "loadtest")).toMatchObject({ spec: { containers: [{ name: "two" }] } })
  })

  it("that kubectl applied before are taken over wholly", async () => {
    const world = await start({ "cluster/namespace.yaml": namespaceFile })
    await world.synced()
    const object = {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "old", namespace: world.namespace },
      data: { x: "1", dropped: "1" },
    }
    unwrap(await cluster.kube.create(object, { fieldManager: "kubectl-client-side-apply" }))
    await world.synced(await world.push("take over", { "cluster/old.yaml": configMap("old", { x: "1" }) }))
    expect((await world.get("ConfigMap", "old"))?.["data"]).toEqual({ x: "1" })
  })

  it("route weight only onto subsets with ready pods", async () => {
    const world = await start({
      ...basic,
      "cluster/s.yaml": service(),
      "cluster/r.yaml": subsets,
      "cluster/v.yaml": route(100, 0),
    })
    await world.said(/VirtualService .*web: subset ga of web has no ready pod, and would get 100 % of the traffic/)
    expect(await world.get("VirtualService", "web", "networking.istio.io/v1")).toBeUndefined()
    await world.pod("ga", true)
    await world.synced()
    await world.pod("canary", false)
    await world.push("ten", { "cluster/v.yaml": route(90, 10), "cluster/a.yaml": configMap("a", { x: "2" }) })
    await world.said(/subset canary of web has no ready pod, and would get 10 %/)
    // The rest of the revision does not wait, and a newer revision does not wait for this one.
    expect(await world.get("ConfigMap", "a")).toMatchObject({ data: { x: "2" } })
    await world.synced(await world.push("back", { "cluster/v.yaml": route(100, 0) }))
  })
})

describe("a restart", () => {
  it("costs no apply when nothing changed, and notices what changed meanwhile", async () => {
    const world = await start({ ...basic, "cluster/service.yaml": service() })
    await world.synced()
    await world.core.close()
    world.applied()
    world.core = world.start()
    await until("it is ready again", () => world.core.parts.sync.objectState(world.ref("ConfigMap", "a")) === "synced")
    expect(world.applied()).toEqual([])
    await world.core.close()
    await world.edit("ConfigMap", "a", { data: { x: "drifted" } })
    await world.remove("Service", "web")
    world.core = world.start()
    await until("a is put back", async () => holds(world, "a", { x: "1" }))
    await until("the service is back", async () => (await world.get("Service", "web")) !== undefined)
    await until("both are recorded", () => world.events("drift").length === 2)
    expect(world.applied().toSorted()).toEqual([`ConfigMap/${world.namespace}/a`, `Service/${world.namespace}/web`])
  })

  it("after an end at any boundary ends in the same state, with nothing left behind", async () => {
    const boundaries = [
      "status:before",
      "status:after",
      "apply:before ConfigMap",
      "apply:after ConfigMap",
      "prune:before",
      "prune:after",
    ]
    for (const boundary of boundaries) {
      const world = await start(basic)
      await world.synced()
      await world.core.close()
      let armed = false
      let dead = false
      world.core = world.start((reached) => {
        dead ||= armed && reached.startsWith(boundary)
        // From here on the process is gone: nothing that it would do happens.
        return dead ? new Promise<never>(() => {}) : undefined
      })
      await until("it is ready", () => world.core.parts.sync.objectState(world.ref("ConfigMap", "a")) === "synced")
      armed = true
      await world.push("change", { "cluster/b.yaml": configMap("b", { x: "2" }), "cluster/c.yaml": configMap("c") }, [
        "cluster/a.yaml",
      ])
      await until(`${boundary} is reached`, () => dead)
      world.core = world.start()
      const { status } = await world.synced()
      expect(status?.inventory?.map(({ id }) => id.split("/")[2])).toEqual(["b", "c", world.namespace])
      expect(await world.get("ConfigMap", "a")).toBeUndefined()
      expect(await world.get("ConfigMap", "b")).toMatchObject({ data: { x: "2" } })
      // An agent follows all Repositories of its cluster: the next world's too, while it runs.
      await world.close()
      worlds.pop()
    }
  })
})

async function holds(world: AgentWorld, name: string, data: Record<string, string>): Promise<boolean> {
  return sameJson((await world.get("ConfigMap", name))?.["data"], data)
}
