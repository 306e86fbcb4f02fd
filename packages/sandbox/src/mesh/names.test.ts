import { describe, expect, it } from "vitest"
import { resolveName } from "./plane/dns.ts"
import { bySpecificity, covers, fullHost, hostOf } from "./names.ts"
import type { MeshService } from "./snapshot.ts"

describe("host names", () => {
  it.each([
    ["podinfo", "podinfo.test.svc.cluster.local"],
    ["podinfo.prod", "podinfo.prod"],
    ["Example.COM", "example.com"],
    ["*", "*"],
  ])("%s in namespace test is %s", (host, full) => expect(fullHost(host, "test")).toBe(full))

  it.each([
    ["podinfo:9898", "podinfo"],
    ["PODINFO.test.", "podinfo.test"],
    ["[::1]:80", "[::1]"],
    ["10.96.0.1:80", "10.96.0.1"],
  ])("%s without its port is %s", (authority, host) => expect(hostOf(authority)).toBe(host))

  it.each([
    ["*", "anything", true],
    ["*.example.com", "a.example.com", true],
    ["*.example.com", "a.b.example.com", true],
    ["*.example.com", "example.com", false],
    ["a.com", "a.com", true],
    ["a.com", "b.a.com", false],
  ])("%s covers %s: %s", (pattern, host, expected) => expect(covers(pattern, host)).toBe(expected))

  it("are sorted by how specific they are", () => {
    expect(["*", "*.com", "a.com", "*.a.com"].sort(bySpecificity)).toEqual(["a.com", "*.a.com", "*.com", "*"])
  })
})

describe("DNS", () => {
  const service = (name: string, more: Partial<MeshService> = {}): [string, MeshService] => {
    const host = `${name}.test.svc.cluster.local`
    return [host, { host, name, namespace: "test", clusterIPs: ["10.96.0.1"], ports: [], ...more }]
  }
  const headless = { addresses: ["10.244.0.5", "10.244.0.6"], named: { "db-0": "10.244.0.5" } }
  const services = new Map([
    service("podinfo"),
    service("db", { clusterIPs: [], headless }),
    service("empty", { clusterIPs: [], headless: { addresses: [], named: {} } }),
    service("alias", { clusterIPs: [], alias: "podinfo.test.svc.cluster.local" }),
    service("outside", { clusterIPs: [], alias: "example.com" }),
    service("loop", { clusterIPs: [], alias: "loop.test.svc.cluster.local" }),
  ])

  it.each([
    ["podinfo", "test", ["10.96.0.1"]],
    ["podinfo", "prod", undefined],
    ["podinfo.test", "prod", ["10.96.0.1"]],
    ["podinfo.test.svc", "prod", ["10.96.0.1"]],
    ["podinfo.test.svc.cluster.local.", "prod", ["10.96.0.1"]],
    ["podinfo.test.test.svc.cluster.local", "test", undefined],
    ["db.test", "test", ["10.244.0.5", "10.244.0.6"]],
    ["db-0.db.test", "test", ["10.244.0.5"]],
    ["db-1.db.test", "test", undefined],
    ["empty.test", "test", []],
    ["alias", "test", ["10.96.0.1"]],
    ["outside", "test", undefined],
    ["loop", "test", undefined],
    ["example.com", "test", undefined],
  ])("%s asked from %s is %j", (name, namespace, expected) => {
    expect(resolveName(services, name, namespace)).toEqual(expected)
  })
})
