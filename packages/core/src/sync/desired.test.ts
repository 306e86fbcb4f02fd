import { describe, expect, it } from "vitest"
import { describeProblem, parseManifests } from "../manifest/index.ts"
import { desiredObjects, type Scope } from "./desired.ts"

const scopes: Record<string, Scope> = {
  "v1/Namespace": "cluster",
  "v1/Service": "namespaced",
  "v1/Secret": "namespaced",
  "apps/v1/Deployment": "namespaced",
  "autoscaling/v2/HorizontalPodAutoscaler": "namespaced",
  "apiextensions.k8s.io/v1/CustomResourceDefinition": "cluster",
}

function desired(text: string, path = "cluster/a.yaml") {
  const { manifests } = parseManifests(path, text)
  return desiredObjects(manifests, {
    owner: "team/config",
    scopeOf: ({ apiVersion, kind }) => scopes[`${apiVersion}/${kind}`] ?? "unknown",
  })
}

describe("desiredObjects", () => {
  it("states the namespace, the owner, and nothing that the server writes", () => {
    const { objects, problems } = desired(`
apiVersion: v1
kind: Service
metadata:
  name: web
  creationTimestamp: null
  resourceVersion: "5"
  uid: abc
  managedFields: []
  annotations: {a: b}
spec: {ports: [{port: 80}]}
status: {loadBalancer: {}}
---
apiVersion: v1
kind: Namespace
metadata: {name: test, namespace: nonsense}
`)
    expect(problems).toEqual([])
    expect(objects.map(({ id, object }) => [id, object])).toEqual([
      [
        "Service/default/web",
        {
          apiVersion: "v1",
          kind: "Service",
          metadata: { name: "web", namespace: "default", annotations: { a: "b", "serin.dev/owner": "team/config" } },
          spec: { ports: [{ port: 80 }] },
        },
      ],
      [
        "Namespace//test",
        {
          apiVersion: "v1",
          kind: "Namespace",
          metadata: { name: "test", annotations: { "serin.dev/owner": "team/config" } },
        },
      ],
    ])
  })

  it("has the same hash for the same statement, however it is written", () => {
    const hash = (text: string) => desired(text).objects[0]?.hash
    const one = hash("apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {a: 1, b: 2}\n")
    expect(hash("# note\nkind: Service\napiVersion: v1\nspec:\n  b: 2\n  a: 1\nmetadata:\n  name: web\n")).toBe(one)
    expect(hash("apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {a: 1, b: 3}\n")).not.toBe(one)
  })

  it("refuses kinds that nobody serves, and takes those that the revision defines", () => {
    const widget = "apiVersion: example.org/v1\nkind: Widget\nmetadata: {name: w, namespace: test}\n"
    expect(desired(widget).problems.map(describeProblem)).toEqual([
      "cluster/a.yaml:1: Widget test/w: the cluster serves no kind Widget in example.org/v1, and this revision does not define it",
    ])
    const crd = `---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: widgets.example.org}
spec:
  group: example.org
  scope: Namespaced
  names: {kind: Widget, plural: widgets}
  versions: [{name: v1, served: true}, {name: v0, served: false}]
`
    expect(desired(widget + crd)).toMatchObject({ problems: [], objects: [{ id: "Widget.example.org/test/w" }, {}] })
    expect(desired(widget.replace("/v1", "/v0") + crd).problems).toHaveLength(1)
  })

  it("refuses an object stated twice, also across versions and by the default namespace", () => {
    const text =
      "apiVersion: v1\nkind: Service\nmetadata: {name: web}\n---\napiVersion: v1\nkind: Service\nmetadata: {name: web, namespace: default}\n"
    expect(desired(text).problems.map(describeProblem)).toEqual([
      "cluster/a.yaml:5: Service default/web: is stated twice: also in cluster/a.yaml:1",
    ])
  })

  it("leaves to others what an annotation lists, and replicas where an autoscaler decides", () => {
    const text = `
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: test, annotations: {serin.dev/ignore: "/spec/paused, /metadata/annotations/a~1b", a/b: c}}
spec: {replicas: 3, paused: true, x: z}
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: web, namespace: test}
spec: {scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}}
`
    const [deployment] = desired(text).objects
    expect(deployment?.leftToOthers).toEqual(["/spec/paused", "/metadata/annotations/a~1b", "/spec/replicas"])
    expect(deployment?.object["spec"]).toEqual({ x: "z" })
    expect(Object.keys(deployment?.object.metadata.annotations ?? {})).toEqual(["serin.dev/ignore", "serin.dev/owner"])
  })

  it("states a Secret's stringData as data", () => {
    const text = "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\ndata: {a: eA==}\nstringData: {b: ü}\n"
    const [secret] = desired(text).objects
    expect(secret?.object["data"]).toEqual({ a: "eA==", b: "w7w=" })
    expect(secret?.object).not.toHaveProperty("stringData")
  })
})
