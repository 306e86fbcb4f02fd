import { describe, expect, it } from "vitest"
import type { KubeObject } from "../client.ts"
import { valueAt, withValue } from "../json.ts"
import {
  CONFIG_MAPS,
  configMap,
  DEPLOYMENTS,
  named,
  NAMESPACES,
  PODS,
  SERVICES,
  TESTER,
  testMachinery,
  targetOf,
  WRITE,
} from "../testing/machinery.ts"
import { create } from "./create.ts"
import { remove } from "./delete.ts"
import { patch } from "./patch.ts"
import { get } from "./stored.ts"
import { replace, update } from "./update.ts"

const failure = (code: number, reason: string) => expect.objectContaining({ code, reason })

const pod = (name: string, nodeName?: string): KubeObject =>
  named("v1", "Pod", name, {
    spec: { containers: [{ name: "main", image: "app" }], ...(nodeName === undefined ? {} : { nodeName }) },
  })

const deployment = named("apps/v1", "Deployment", "web", {
  spec: {
    selector: { matchLabels: { app: "web" } },
    template: { metadata: { labels: { app: "web" } }, spec: { containers: [{ name: "main", image: "app:1" }] } },
  },
})

describe("concurrent writers", () => {
  it("cannot overwrite each other: the second is told to look again", () => {
    const machinery = testMachinery()
    const target = targetOf(machinery, CONFIG_MAPS, "a")
    const read = create(machinery, TESTER, target, configMap("a", { n: "0" }), WRITE)
    update(machinery, TESTER, target, withValue(read, ["data"], { n: "1" }), WRITE)
    const second = () => update(machinery, TESTER, target, withValue(read, ["data"], { n: "2" }), WRITE)
    expect(second).toThrow(failure(409, "Conflict"))
    expect(valueAt(get(machinery, target), "data", "n")).toBe("1")
  })

  it("may overwrite without a version where the kind allows that", () => {
    const machinery = testMachinery()
    const target = targetOf(machinery, CONFIG_MAPS, "a")
    create(machinery, TESTER, target, configMap("a", { n: "0" }), WRITE)
    update(machinery, TESTER, target, configMap("a", { n: "1" }, { namespace: "test" }), WRITE)
    expect(valueAt(get(machinery, target), "data", "n")).toBe("1")
  })
})

describe("a write", () => {
  it("that changes nothing is none", () => {
    const machinery = testMachinery()
    const target = targetOf(machinery, CONFIG_MAPS, "a")
    const stored = create(machinery, TESTER, target, configMap("a"), WRITE)
    machinery.pass(60)
    const { revision } = machinery.store
    expect(update(machinery, TESTER, target, stored, WRITE).object).toBe(stored)
    expect(machinery.store.revision).toBe(revision)
  })

  it("as a dry run answers as if it were done, and is not", () => {
    const machinery = testMachinery()
    const target = targetOf(machinery, CONFIG_MAPS, "a")
    const answer = create(machinery, TESTER, target, configMap("a"), { ...WRITE, dryRun: true })
    expect(answer.metadata.uid).toBeDefined()
    expect(() => get(machinery, target)).toThrow(failure(404, "NotFound"))
  })

  it("is refused in a namespace that is not there or is going", () => {
    const machinery = testMachinery()
    const elsewhere = { ...targetOf(machinery, CONFIG_MAPS), namespace: "nowhere" }
    expect(() => create(machinery, TESTER, elsewhere, configMap("a"), WRITE)).toThrow(failure(404, "NotFound"))
    remove(machinery, targetOf(machinery, NAMESPACES, "test"), { dryRun: false })
    expect(() => create(machinery, TESTER, targetOf(machinery, CONFIG_MAPS), configMap("a"), WRITE)).toThrow(
      failure(403, "Forbidden"),
    )
  })

  it("with generateName draws another name when one is taken", () => {
    const machinery = testMachinery()
    const target = targetOf(machinery, CONFIG_MAPS)
    const object: KubeObject = { apiVersion: "v1", kind: "ConfigMap", metadata: { generateName: "job-" } }
    const names = new Set<string | undefined>()
    for (let count = 0; count < 50; count += 1)
      names.add(create(machinery, TESTER, target, object, WRITE).metadata.name)
    expect(names.size).toBe(50)
    for (const name of names) expect(name).toMatch(/^job-[bcdfghjklmnpqrstvwxz2456789]{5}$/)
  })

  it("passes the mutators in their order", () => {
    const labelled = (label: string) => (object: KubeObject) =>
      withValue(object, ["metadata", "labels"], {
        ...object.metadata.labels,
        [label]: String(object.metadata.labels?.["a"]),
      })
    const machinery = testMachinery({ mutators: [labelled("a"), labelled("b")] })
    const stored = create(machinery, TESTER, targetOf(machinery, CONFIG_MAPS), configMap("a"), WRITE)
    expect(stored.metadata.labels).toEqual({ a: "undefined", b: "undefined" })
  })
})

describe("generation", () => {
  it("counts changes of the spec, not of the status or of labels", () => {
    const machinery = testMachinery()
    const target = targetOf(machinery, DEPLOYMENTS, "web")
    const status = targetOf(machinery, DEPLOYMENTS, "web", "status")
    const first = create(machinery, TESTER, target, deployment, WRITE)
    expect(first.metadata.generation).toBe(1)
    const labelled = replace(
      machinery,
      TESTER,
      target,
      first,
      withValue(first, ["metadata", "labels"], { a: "b" }),
      WRITE,
    )
    expect(labelled.metadata.generation).toBe(1)
    const ready = replace(machinery, TESTER, status, labelled, withValue(labelled, ["status"], { replicas: 1 }), WRITE)
    expect(ready.metadata.generation).toBe(1)
    expect(valueAt(ready, "status", "replicas")).toBe(1)
    const scaled = replace(machinery, TESTER, target, ready, withValue(ready, ["spec", "replicas"], 3), WRITE)
    expect(scaled.metadata.generation).toBe(2)
  })

  it("the status cannot be written with the object, nor the spec with the status", () => {
    const machinery = testMachinery()
    const target = targetOf(machinery, DEPLOYMENTS, "web")
    const first = create(machinery, TESTER, target, deployment, WRITE)
    const body = { status: { replicas: 5 }, spec: { replicas: 5 } }
    const options = { ...WRITE, fieldValidation: "Strict" as const, force: false }
    const main = patch(machinery, TESTER, target, "merge", body, options).object
    expect(valueAt(main, "status")).toEqual(valueAt(first, "status"))
    const status = patch(
      machinery,
      TESTER,
      { ...target, subresource: "status" },
      "merge",
      { ...body, spec: { replicas: 9 } },
      options,
    )
    expect(valueAt(status.object, "status", "replicas")).toBe(5)
    expect(valueAt(status.object, "spec", "replicas")).toBe(5)
  })
})

describe("deletion", () => {
  it("waits for finalizers, whose last removal ends the object", () => {
    const machinery = testMachinery()
    const target = targetOf(machinery, CONFIG_MAPS, "a")
    create(machinery, TESTER, target, configMap("a", {}, { finalizers: ["example.com/hold"] }), WRITE)
    const { object, gone } = remove(machinery, target, { dryRun: false })
    expect(gone).toBe(false)
    expect(object.metadata.deletionTimestamp).toBe("2030-01-01T00:00:00Z")
    replace(machinery, TESTER, target, object, withValue(object, ["metadata", "finalizers"], undefined), WRITE)
    expect(() => get(machinery, target)).toThrow(failure(404, "NotFound"))
  })

  it("marks for the garbage collector how dependents are to go", () => {
    const machinery = testMachinery()
    for (const [policy, finalizer] of [
      ["Foreground", "foregroundDeletion"],
      ["Orphan", "orphan"],
    ] as const) {
      const target = targetOf(machinery, CONFIG_MAPS, policy.toLowerCase())
      create(machinery, TESTER, target, configMap(target.name), WRITE)
      const { object } = remove(machinery, target, { dryRun: false, propagationPolicy: policy })
      expect(object.metadata.finalizers).toEqual([finalizer])
    }
  })

  it("gives a running pod its grace period, which can only be shortened", () => {
    const machinery = testMachinery()
    const target = targetOf(machinery, PODS, "a")
    create(machinery, TESTER, target, pod("a", "node"), WRITE)
    const first = remove(machinery, target, { dryRun: false })
    expect(first.object.metadata).toMatchObject({
      deletionGracePeriodSeconds: 30,
      deletionTimestamp: "2030-01-01T00:00:30Z",
    })
    const longer = remove(machinery, target, { dryRun: false, gracePeriodSeconds: 60 })
    expect(longer.object.metadata.deletionGracePeriodSeconds).toBe(30)
    const shorter = remove(machinery, target, { dryRun: false, gracePeriodSeconds: 5 })
    expect(shorter.object.metadata).toMatchObject({
      deletionGracePeriodSeconds: 5,
      deletionTimestamp: "2030-01-01T00:00:05Z",
    })
    expect(remove(machinery, target, { dryRun: false, gracePeriodSeconds: 0 }).gone).toBe(true)
  })

  it("ends a pod that nobody runs at once", () => {
    const machinery = testMachinery()
    create(machinery, TESTER, targetOf(machinery, PODS), pod("a"), WRITE)
    expect(remove(machinery, targetOf(machinery, PODS, "a"), { dryRun: false }).gone).toBe(true)
  })

  it("keeps its preconditions", () => {
    const machinery = testMachinery()
    const target = targetOf(machinery, CONFIG_MAPS, "a")
    create(machinery, TESTER, target, configMap("a"), WRITE)
    const other = { dryRun: false, preconditions: { uid: "another" } }
    expect(() => remove(machinery, target, other)).toThrow(failure(409, "Conflict"))
    expect(get(machinery, target).metadata.name).toBe("a")
  })
})

describe("a Service", () => {
  const service = (name: string, clusterIP?: string): KubeObject =>
    named("v1", "Service", name, { spec: { ports: [{ port: 80 }], ...(clusterIP === undefined ? {} : { clusterIP }) } })

  it("gets an address of its own, and keeps it", () => {
    const machinery = testMachinery()
    const addresses = Array.from({ length: 20 }, (_, index) =>
      valueAt(
        create(machinery, TESTER, targetOf(machinery, SERVICES), service(`s${index}`), WRITE),
        "spec",
        "clusterIP",
      ),
    )
    expect(new Set(addresses).size).toBe(20)
    for (const address of addresses) expect(address).toMatch(/^10\.(9[6-9]|10\d|11[01])\.\d+\.\d+$/)
    const again = update(machinery, TESTER, targetOf(machinery, SERVICES, "s0"), service("s0"), WRITE).object
    expect(valueAt(again, "spec", "clusterIP")).toBe(addresses[0])
  })

  it("gets the address that it asks for, if that is free and in range", () => {
    const machinery = testMachinery()
    const target = targetOf(machinery, SERVICES)
    const dns = create(machinery, TESTER, target, service("dns", "10.96.0.10"), WRITE)
    expect(valueAt(dns, "spec", "clusterIPs")).toEqual(["10.96.0.10"])
    expect(() => create(machinery, TESTER, target, service("two", "10.96.0.10"), WRITE)).toThrow(/already allocated/)
    expect(() => create(machinery, TESTER, target, service("far", "10.1.0.1"), WRITE)).toThrow(failure(422, "Invalid"))
  })
})
