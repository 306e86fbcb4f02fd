import { connect } from "node:net"
import { mkdtemp, rm } from "node:fs/promises"
import { request } from "node:http"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Readable } from "node:stream"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { until } from "../testing/until.ts"
import type { KubeObject } from "./client.ts"
import { valueAt } from "./json.ts"
import type { LogOptions, NodeBackend, PodRef } from "./node-backend.ts"
import { DEVELOPER_TOKEN, startTestApi, type TestApi } from "./testing/api.ts"

let api: TestApi

beforeAll(async () => {
  api = await startTestApi()
})

afterAll(async () => {
  await api.close()
})

const CONFIG_MAPS = "/api/v1/namespaces/default/configmaps"
const configMap = (name: string) => ({ metadata: { name }, data: { key: "value" } })

describe("who may", () => {
  it("is told apart by tokens", async () => {
    expect(await api.call("GET", CONFIG_MAPS)).toMatchObject({ code: 200 })
    expect(await api.call("GET", CONFIG_MAPS, { token: "wrong" })).toMatchObject({ code: 401 })
    const { code, json } = await api.call("GET", CONFIG_MAPS, { token: "" })
    expect(code).toBe(403)
    expect(json["message"]).toBe(
      'configmaps is forbidden: User "system:anonymous" cannot list resource "configmaps" in API group "" in the namespace "default"',
    )
  })

  it("is decided by roles", async () => {
    const rbac = "/apis/rbac.authorization.k8s.io/v1/namespaces/default"
    await api.call("POST", `${rbac}/roles`, {
      body: { metadata: { name: "reader" }, rules: [{ apiGroups: [""], resources: ["configmaps"], verbs: ["list"] }] },
    })
    expect(await api.call("GET", CONFIG_MAPS, { token: DEVELOPER_TOKEN })).toMatchObject({ code: 403 })
    await api.call("POST", `${rbac}/rolebindings`, {
      body: {
        metadata: { name: "devs-read" },
        roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: "reader" },
        subjects: [{ apiGroup: "rbac.authorization.k8s.io", kind: "Group", name: "devs" }],
      },
    })
    expect(await api.call("GET", CONFIG_MAPS, { token: DEVELOPER_TOKEN })).toMatchObject({ code: 200 })
    const write = { token: DEVELOPER_TOKEN, body: configMap("a") }
    expect(await api.call("POST", CONFIG_MAPS, write)).toMatchObject({ code: 403 })
  })

  it("acts as another only where that is allowed", async () => {
    const headers = { "impersonate-user": "jane" }
    expect(await api.call("GET", CONFIG_MAPS, { headers, token: DEVELOPER_TOKEN })).toMatchObject({
      code: 403,
      json: { message: expect.stringContaining('User "dev" cannot impersonate resource "users"') },
    })
    expect(await api.call("GET", CONFIG_MAPS, { headers })).toMatchObject({
      code: 403,
      json: { message: expect.stringContaining('User "jane" cannot list') },
    })
  })

  it("a service account's token stands for it as long as it exists", async () => {
    const accounts = "/api/v1/namespaces/default/serviceaccounts"
    await api.call("POST", accounts, { body: { metadata: { name: "robot" } } })
    const { json } = await api.call("POST", `${accounts}/robot/token`, { body: {} })
    const token = String(valueAt(json, "status", "token"))
    const whoami = () => api.call("POST", "/apis/authentication.k8s.io/v1/selfsubjectreviews", { token, body: {} })
    const { json: review } = await whoami()
    expect(valueAt(review, "status", "userInfo", "username")).toBe("system:serviceaccount:default:robot")
    expect(valueAt(review, "status", "userInfo", "groups")).toContain("system:serviceaccounts:default")
    const tampered = `${token.slice(0, -4)}AAAA`
    expect(await api.call("GET", CONFIG_MAPS, { token: tampered })).toMatchObject({ code: 401 })
    await api.call("DELETE", `${accounts}/robot`)
    expect(await whoami()).toMatchObject({ code: 401 })
  })
})

describe("a watch over HTTP", () => {
  it("begins with the present objects and a bookmark that says where they end", async () => {
    await api.call("POST", CONFIG_MAPS, { body: configMap("present") })
    const query = "watch=1&allowWatchBookmarks=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan"
    const watch = await api.watch(`${CONFIG_MAPS}?${query}&fieldSelector=metadata.name%3Dpresent`)
    const types = () => watch.events.map((event) => event["type"])
    await until(() => expect(types()).toEqual(["ADDED", "BOOKMARK"]))
    expect(valueAt(watch.events[1], "object", "metadata", "annotations")).toEqual({
      "k8s.io/initial-events-end": "true",
    })
    await api.call("DELETE", `${CONFIG_MAPS}/present`)
    await until(() => expect(types()).toEqual(["ADDED", "BOOKMARK", "DELETED"]))
    watch.close()
  })

  it("ends when its time is up", async () => {
    const watch = await api.watch(`${CONFIG_MAPS}?watch=1&timeoutSeconds=1`)
    await watch.ended
  })

  it("tells in the stream that a version is forgotten", async () => {
    const definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
    const names = { plural: "gadgets", kind: "Gadget" }
    const versions = [{ name: "v1", served: true, storage: true, schema: { openAPIV3Schema: { type: "object" } } }]
    const spec = { group: "watch.example.com", scope: "Namespaced", names, versions }
    await api.call("POST", definitions, { body: { metadata: { name: "gadgets.watch.example.com" }, spec } })
    const watch = await api.watch("/apis/watch.example.com/v1/gadgets?watch=1&resourceVersion=1")
    await watch.ended
    expect(watch.events).toMatchObject([{ type: "ERROR", object: { code: 410, reason: "Expired" } }])
  })
})

describe("custom resources", () => {
  it("are served while their definition is there, and go with it", async () => {
    const definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
    const names = { plural: "lamps", kind: "Lamp", shortNames: ["lp"] }
    const schema = { openAPIV3Schema: { type: "object", properties: { spec: { type: "object" } } } }
    const versions = [
      { name: "v1", served: true, storage: true, schema, subresources: { status: {} } },
      { name: "v1beta1", served: true, storage: false, schema, deprecated: true },
    ]
    const spec = { group: "home.example.com", scope: "Namespaced", names, versions }
    const lamps = "/apis/home.example.com/v1/namespaces/default/lamps"
    expect(await api.call("GET", lamps)).toMatchObject({ code: 404 })
    await api.call("POST", definitions, { body: { metadata: { name: "lamps.home.example.com" }, spec } })
    const lamp = { apiVersion: "home.example.com/v1", kind: "Lamp", metadata: { name: "desk", finalizers: ["a.b/c"] } }
    expect(await api.call("POST", lamps, { body: lamp })).toMatchObject({ code: 201 })

    const old = await api.call("GET", `${lamps.replace("/v1/", "/v1beta1/")}/desk`)
    expect(old.json).toMatchObject({ apiVersion: "home.example.com/v1beta1", metadata: { name: "desk" } })
    expect(old.headers["warning"]).toBe(
      '299 - "home.example.com/v1beta1 Lamp is deprecated; use home.example.com/v1 Lamp"',
    )
    // The real server sends this index as text/plain.
    const { text: index } = await api.call("GET", "/openapi/v3")
    const url = String(valueAt(JSON.parse(index), "paths", "apis/home.example.com/v1", "serverRelativeURL"))
    const { json: document } = await api.call("GET", url)
    expect(Object.keys(valueAt(document, "components", "schemas") as object)).toContain("com.example.home.v1.Lamp")

    await api.call("DELETE", `${definitions}/lamps.home.example.com`)
    const { json: going } = await api.call("GET", `${lamps}/desk`)
    expect(valueAt(going, "metadata", "deletionTimestamp")).toBeDefined()
    const body = { metadata: { finalizers: null } }
    await api.call("PATCH", `${lamps}/desk`, { body, headers: { "content-type": "application/merge-patch+json" } })
    await until(async () => expect(await api.call("GET", lamps)).toMatchObject({ code: 404 }))
  })
})

describe("logs", () => {
  const spec = {
    nodeName: "node",
    containers: [
      { name: "one", image: "x" },
      { name: "two", image: "x" },
    ],
  }

  it("come from the node, once there is one", async () => {
    const own = await startTestApi()
    try {
      await own.call("POST", "/api/v1/namespaces/default/pods", { body: { metadata: { name: "web" }, spec } })
      const path = "/api/v1/namespaces/default/pods/web/log"
      expect(await own.call("GET", `${path}?container=one`)).toMatchObject({ code: 503 })
      const asked: [PodRef, LogOptions][] = []
      own.setNodeBackend({
        logs: async (pod: PodRef, options: LogOptions) => {
          asked.push([pod, options])
          return Readable.from(["hello\n", "world\n"])
        },
      } as unknown as NodeBackend)
      expect(await own.call("GET", `${path}?container=two&tailLines=5&timestamps=true`)).toMatchObject({
        code: 200,
        text: "hello\nworld\n",
      })
      expect(asked).toEqual([
        [
          { namespace: "default", name: "web" },
          { container: "two", follow: false, previous: false, timestamps: true, tailLines: 5 },
        ],
      ])
      expect(await own.call("GET", path)).toMatchObject({
        code: 400,
        json: { message: "a container name must be specified for pod web, choose one of: [one two]" },
      })
      expect(await own.call("GET", `${path}?container=one&tailLines=-1`)).toMatchObject({ code: 422 })
    } finally {
      await own.close()
    }
  })
})

describe("a kubectl", () => {
  const warningFor = async (version: string, token?: string) => {
    const headers = { "user-agent": `kubectl/${version} (linux/amd64) kubernetes/0123456` }
    const answer = await api.call("GET", CONFIG_MAPS, { headers, token })
    return answer.headers["warning"]
  }

  it("that is too old for the streams hears so, and which one it takes", async () => {
    const advice = (version: string, what: string): string =>
      `299 - "kubectl ${version} is too old for this server: ${what} not work with it; install kubectl 1.31 or newer"`
    expect(await warningFor("v1.30.14")).toBe(advice("1.30", "port-forward does"))
    expect(await warningFor("v1.29.0", "")).toBe(advice("1.29", "exec, attach, cp and port-forward do"))
  })

  it("that is not hears nothing", async () => {
    expect(await warningFor("v1.31.0")).toBeUndefined()
    expect(await warningFor("v1.36.3")).toBeUndefined()
  })
})

describe("the server", () => {
  it("says which port is taken", async () => {
    const port = Number(new URL(api.url).port)
    await expect(startTestApi({ port })).rejects.toMatchObject({ code: "PORT_IN_USE", port })
  })

  it("leaves nothing open behind", async () => {
    const own = await startTestApi()
    const watch = await own.watch(`${CONFIG_MAPS}?watch=1`)
    const port = Number(new URL(own.url).port)
    await own.close()
    await watch.ended
    const refused = new Promise((resolve) => connect(port, "127.0.0.1").once("error", resolve))
    expect(await refused).toMatchObject({ code: "ECONNREFUSED" })
  })

  it("answers on a socket file as well", async () => {
    const folder = await mkdtemp(join(tmpdir(), "kube-"))
    const socketPath = join(folder, "s")
    const own = await startTestApi({ socketPath })
    try {
      const code = await new Promise((resolve, reject) => {
        const call = request({ socketPath, path: "/readyz" }, (response) => {
          response.resume()
          resolve(response.statusCode)
        })
        call.once("error", reject)
        call.end()
      })
      expect(code).toBe(200)
    } finally {
      await own.close()
      await rm(folder, { recursive: true })
    }
  })

  it("gives the same answers to code of its own process", async () => {
    const client = api.client({ fieldManager: "inside" })
    const ref = { group: "", version: "v1", resource: "configmaps" }
    const object: KubeObject & { data: Record<string, string> } = {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "inside", namespace: "default" },
      data: { a: "1" },
    }
    const seen: string[] = []
    const stop = new AbortController()
    let synced = false
    client.watch(
      ref,
      { fieldSelector: "metadata.name=inside" },
      ({ type }) => seen.push(type),
      stop.signal,
      () => {
        synced = true
      },
    )
    const created = await client.create(ref, object)
    expect(seen).toEqual([])
    await until(() => expect([synced, seen]).toEqual([true, ["ADDED"]]))
    expect(created.metadata.managedFields?.[0]?.manager).toBe("inside")
    const { json } = await api.call("GET", `${CONFIG_MAPS}/inside`)
    expect(json).toEqual(created)
    await expect(client.create(ref, object)).rejects.toMatchObject({ code: 409, reason: "AlreadyExists" })
    await client.delete(ref, "inside", "default")
    await until(() => expect(seen).toEqual(["ADDED", "DELETED"]))
    stop.abort()
    await expect(api.client({ user: { username: "jane", groups: [] } }).list(ref)).rejects.toMatchObject({ code: 403 })
  })
})
