import { describe, expect, it } from "vitest"
import type { Pod } from "../../kube/types.gen.ts"
import { workloadName } from "../control/workload.ts"
import { sidecarInjector } from "./admission.ts"

interface Given {
  readonly labels?: Record<string, string>
  readonly annotations?: Record<string, string>
  readonly hostNetwork?: boolean
}

function pod({ labels, annotations, hostNetwork }: Given = {}): Pod {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "p", namespace: "test", ...(labels ? { labels } : {}), ...(annotations ? { annotations } : {}) },
    spec: { containers: [{ name: "app", image: "podinfo:0.1.0" }], ...(hostNetwork ? { hostNetwork } : {}) },
  }
}

function admit(
  given: Pod,
  namespaceLabels: Record<string, string> = { "istio-injection": "enabled" },
  name = "test",
): Pod {
  const metadata = { name, labels: namespaceLabels }
  const namespaceObject = { apiVersion: "v1", kind: "Namespace", metadata }
  const ref = { group: "", version: "v1", resource: "pods" }
  return sidecarInjector(given, { operation: "CREATE", ref, namespaceObject, old: undefined })
}
const names = (made: Pod): string[] => made.spec?.containers.map(({ name }) => name) ?? []

describe("who gets a sidecar", () => {
  const inject = "sidecar.istio.io/inject"
  const enabled = { "istio-injection": "enabled" }
  it.each([
    ["a pod in a labelled namespace", pod(), enabled, true],
    ["a pod in a namespace without label", pod(), {}, false],
    ["a pod with label true in a namespace without label", pod({ labels: { [inject]: "true" } }), {}, true],
    ["a pod with annotation true in a namespace without label", pod({ annotations: { [inject]: "true" } }), {}, false],
    ["a pod with label false", pod({ labels: { [inject]: "false" } }), enabled, false],
    ["a pod with annotation false", pod({ annotations: { [inject]: "false" } }), enabled, false],
    [
      "label true beats annotation false",
      pod({ labels: { [inject]: "true" }, annotations: { [inject]: "false" } }),
      enabled,
      true,
    ],
    [
      "a pod that asks where it is disabled",
      pod({ labels: { [inject]: "true" } }),
      { "istio-injection": "disabled" },
      false,
    ],
    ["a pod in the host's network", pod({ hostNetwork: true }), enabled, false],
  ])("%s", (_name, given, namespace, expected) => {
    expect(names(admit(given, namespace))).toEqual(expected ? ["app", "istio-proxy"] : ["app"])
  })

  it("not kube-system", () => expect(names(admit(pod(), enabled, "kube-system"))).toEqual(["app"]))

  it("not a pod that has one, and nothing but pods", () => {
    const once = admit(pod())
    expect(admit(once)).toBe(once)
    const ref = { group: "apps", version: "v1", resource: "deployments" }
    const given = pod()
    expect(sidecarInjector(given, { operation: "CREATE", ref, namespaceObject: undefined, old: undefined })).toBe(given)
  })
})

describe("what is added", () => {
  it("leaves the given object as it was", () => {
    const given = pod({ labels: { app: "podinfo" } })
    const before = JSON.stringify(given)
    admit(given)
    expect(JSON.stringify(given)).toBe(before)
  })

  it("names the first container the default one, and the status annotation names the sidecar", () => {
    const { annotations = {} } = admit(pod()).metadata
    expect(annotations["kubectl.kubernetes.io/default-container"]).toBe("app")
    expect(JSON.parse(annotations["sidecar.istio.io/status"] ?? "")).toMatchObject({ containers: ["istio-proxy"] })
  })

  it("moves the scrape address to the sidecar, which learns the application's own", () => {
    const own = { "prometheus.io/scrape": "true", "prometheus.io/port": "9898", "prometheus.io/path": "/metrics" }
    const made = admit(pod({ annotations: own }))
    expect(made.metadata.annotations).toMatchObject({
      "prometheus.io/port": "15020",
      "prometheus.io/path": "/stats/prometheus",
    })
    const env = made.spec?.containers.at(-1)?.env?.find(({ name }) => name === "ISTIO_PROMETHEUS_ANNOTATIONS")
    expect(JSON.parse(env?.value ?? "")).toEqual({ scrape: "true", port: "9898", path: "/metrics" })
  })

  it("does not scrape a pod that does not want it", () => {
    const made = admit(pod({ annotations: { "prometheus.io/scrape": "false" } }))
    expect(made.metadata.annotations).toMatchObject({ "prometheus.io/scrape": "false" })
    expect(made.metadata.annotations).not.toHaveProperty("prometheus.io/port")
  })

  it("is ready by its own health page", () => {
    const sidecar = admit(pod()).spec?.containers.at(-1)
    expect(sidecar?.image).toBe("serin/istio-proxy")
    expect(sidecar?.readinessProbe?.httpGet).toMatchObject({ path: "/healthz/ready", port: 15021 })
    expect(sidecar?.ports).toEqual([{ containerPort: 15090, name: "http-envoy-prom", protocol: "TCP" }])
  })
})

describe("a pod's workload", () => {
  const owned = (kind: string, name: string, labels: Record<string, string> = {}): Pod => ({
    ...pod({ labels }),
    metadata: { name: "x-1", labels, ownerReferences: [{ apiVersion: "v1", kind, name, uid: "1", controller: true }] },
  })
  it.each([
    [owned("ReplicaSet", "podinfo-ga-7d9f8", { "pod-template-hash": "7d9f8" }), "podinfo-ga"],
    [owned("ReplicaSet", "by-hand"), "by-hand"],
    [owned("Job", "backup-29123456"), "backup"],
    [owned("StatefulSet", "db"), "db"],
    [pod(), "p"],
    [pod({ labels: { "service.istio.io/workload-name": "named" } }), "named"],
  ])("%#", (given, name) => expect(workloadName(given)).toBe(name))
})
