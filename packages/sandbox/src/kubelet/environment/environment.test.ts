import fc from "fast-check"
import { describe, expect, it } from "vitest"
import type { Pod, Service } from "../../kube/types.gen.ts"
import { expand } from "./expand.ts"
import { fieldValue, resourceValue } from "./field-ref.ts"
import { serviceVariables } from "./service-links.ts"

describe("expansion", () => {
  const variables = new Map([
    ["A", "one"],
    ["B", "$(A)"],
  ])

  it.each([
    ["$(A)", "one"],
    ["x$(A)y$(A)", "xoneyone"],
    ["$(B)", "$(A)"],
    ["$$(A)", "$(A)"],
    ["$$$(A)", "$one"],
    ["$(MISSING)", "$(MISSING)"],
    ["$A ${A} $ $$", "$A ${A} $ $"],
    ["$(A", "$(A"],
  ])("of %s is %s", (text, expanded) => {
    expect(expand(text, variables)).toBe(expanded)
  })

  it("leaves text without a dollar sign as it is", () => {
    fc.assert(
      fc.property(fc.string(), (text) => expand(text.replaceAll("$", ""), variables) === text.replaceAll("$", "")),
    )
  })
})

describe("the downward API", () => {
  const pod: Pod = {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "p", namespace: "n", uid: "u", labels: { b: "2", a: '1"' }, annotations: { "x/y": "z" } },
    spec: {
      nodeName: "serin-node",
      serviceAccountName: "sa",
      containers: [{ name: "c" }, { name: "d", resources: { requests: { memory: "1Gi" } } }],
    },
  }
  const addresses = { podIP: "10.244.0.2", hostIP: "10.244.0.1" }

  it.each([
    ["metadata.name", "p"],
    ["metadata.uid", "u"],
    ["metadata.labels", 'a="1\\""\nb="2"'],
    ["metadata.labels['b']", "2"],
    ["metadata.labels['none']", ""],
    ["metadata.annotations['x/y']", "z"],
    ["spec.serviceAccountName", "sa"],
    ["status.podIP", "10.244.0.2"],
    ["status.hostIP", "10.244.0.1"],
  ])("gives %s", (path, value) => {
    expect(fieldValue(pod, path, addresses)).toBe(value)
  })

  it("refuses what is no field", () => {
    expect(() => fieldValue(pod, "metadata.nope", addresses)).toThrow("unsupported fieldPath: metadata.nope")
  })

  it.each([
    ["limits.cpu", "1", "4", {}],
    ["limits.cpu", "1m", "250", { limits: { cpu: "250m" } }],
    ["limits.cpu", "1", "1", { limits: { cpu: "250m" } }],
    ["limits.memory", "1Mi", "8192", {}],
    ["requests.cpu", "1", "0", {}],
    ["requests.memory", "1Mi", "64", { requests: { memory: "64Mi" } }],
  ])("gives %s in units of %s as %s", (resource, divisor, value, resources) => {
    const capacity = { cpu: 4, memory: 8 * 1024 ** 3 }
    expect(resourceValue(pod, { name: "c", resources }, { resource, divisor }, capacity)).toBe(value)
  })

  it("gives the resources of another container by its name", () => {
    const selector = { containerName: "d", resource: "requests.memory", divisor: "1Gi" }
    expect(resourceValue(pod, { name: "c" }, selector, { cpu: 1, memory: 1 })).toBe("1")
  })
})

describe("variables of Services", () => {
  const service = (name: string, namespace: string, clusterIP = "10.96.0.9"): Service => ({
    apiVersion: "v1",
    kind: "Service",
    metadata: { name, namespace },
    spec: {
      clusterIP,
      ports: [
        { port: 80, name: "http-web" },
        { port: 53, name: "dns", protocol: "UDP" },
      ],
    },
  })

  it("tell of those of the pod's namespace, as Docker's links did", () => {
    const found = Object.fromEntries(serviceVariables([service("my-app", "n"), service("other", "m")], "n", true))
    expect(found).toEqual({
      MY_APP_SERVICE_HOST: "10.96.0.9",
      MY_APP_SERVICE_PORT: "80",
      MY_APP_SERVICE_PORT_HTTP_WEB: "80",
      MY_APP_SERVICE_PORT_DNS: "53",
      MY_APP_PORT: "tcp://10.96.0.9:80",
      MY_APP_PORT_80_TCP: "tcp://10.96.0.9:80",
      MY_APP_PORT_80_TCP_PROTO: "tcp",
      MY_APP_PORT_80_TCP_PORT: "80",
      MY_APP_PORT_80_TCP_ADDR: "10.96.0.9",
      MY_APP_PORT_53_UDP: "udp://10.96.0.9:53",
      MY_APP_PORT_53_UDP_PROTO: "udp",
      MY_APP_PORT_53_UDP_PORT: "53",
      MY_APP_PORT_53_UDP_ADDR: "10.96.0.9",
    })
  })

  it("tell of the API always, and of headless Services never", () => {
    const services = [service("kubernetes", "default", "10.96.0.1"), service("own", "n"), service("none", "n", "None")]
    expect([...serviceVariables(services, "n", false).keys()]).toContain("KUBERNETES_SERVICE_HOST")
    expect([...serviceVariables(services, "n", false).keys()]).not.toContain("OWN_SERVICE_HOST")
    expect([...serviceVariables(services, "n", true).keys()]).not.toContain("NONE_SERVICE_HOST")
  })
})
