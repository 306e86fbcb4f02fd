import { describe, expect, it } from "vitest"
import { describeProblem, parseManifests } from "./index.ts"

const problems = (text: string, path = "cluster/a.yaml") => parseManifests(path, text).problems.map(describeProblem)

const two = `# the stable side
apiVersion: v1
kind: Service
metadata:
  name: podinfo
  namespace: test
---
# nothing but a comment
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: podinfo-ga, namespace: test}
`

describe("parseManifests", () => {
  it("gives each object of a file with its line and its text", () => {
    const { manifests, problems } = parseManifests("cluster/a.yaml", two)
    expect(problems).toEqual([])
    expect(manifests.map(({ object, line, document }) => [object.kind, line, document])).toEqual([
      ["Service", 2, 0],
      ["Deployment", 10, 2],
    ])
    const [, deployment] = manifests
    expect(two.slice(deployment?.range.start, deployment?.range.end)).toMatch(/^apiVersion: apps\/v1\n[^]*test}\n?$/)
  })

  it("counts offsets in UTF-16 units, as JavaScript's slice does", () => {
    const text = `# ünïcode 🚀\n${two}`
    const [service] = parseManifests("a.yaml", text).manifests
    expect(text.slice(service?.range.start).startsWith("apiVersion: v1")).toBe(true)
  })

  it("reads JSON", () => {
    const { manifests } = parseManifests("a.json", '{"apiVersion":"v1","kind":"Pod","metadata":{"name":"p"}}')
    expect(manifests.map(({ object }) => object)).toEqual([{ apiVersion: "v1", kind: "Pod", metadata: { name: "p" } }])
  })

  it("takes Lists apart, each item with its own line", () => {
    const text = `apiVersion: v1
kind: List
items:
- apiVersion: v1
  kind: Pod
  metadata: {name: one}
- {apiVersion: v1, kind: Pod, metadata: {name: two}}
`
    const { manifests } = parseManifests("a.yaml", text)
    expect(manifests.map(({ object, line }) => [object.metadata.name, line])).toEqual([
      ["one", 4],
      ["two", 7],
    ])
  })

  it("resolves anchors and merge keys", () => {
    const text = `apiVersion: v1
kind: ConfigMap
metadata: {name: c, labels: &l {app: x}, annotations: {<<: *l, b: two}}
`
    expect(parseManifests("a.yaml", text).manifests[0]?.object.metadata.annotations).toEqual({ app: "x", b: "two" })
  })

  it("goes on after a bad document, and names file, line and object", () => {
    const text = `${two}---
apiVersion: v1
kind: Service
metadata: {namespace: test}
`
    const parsed = parseManifests("cluster/a.yaml", text)
    expect(parsed.manifests).toHaveLength(2)
    expect(parsed.problems.map(describeProblem)).toEqual([
      "cluster/a.yaml:14: Service test/(no name): metadata.name is missing or not text",
    ])
  })

  it("says where YAML breaks", () => {
    expect(problems("apiVersion: v1\nkind: Service\nmetadata: {name: x\n")).toEqual([
      expect.stringMatching(/^cluster\/a\.yaml:[34]: Flow map/),
    ])
    expect(problems("a: 1\nb:\n\t- x\n")[0]).toMatch(/^cluster\/a\.yaml:3: /)
    expect(problems("kind: A\nkind: B\n")).toEqual(["cluster/a.yaml:2: Map keys must be unique"])
  })

  it.each([
    ["- a\n- b\n", "cluster/a.yaml:1: the document Invalid input: expected object, received array"],
    ["kind: Service\nmetadata: {name: x}\n", "cluster/a.yaml:1: Service x: apiVersion is missing or not text"],
    [
      "apiVersion: v1\nkind: Service\nmetadata:\n  name: x\n  labels: {version: 1.0}\n",
      "cluster/a.yaml:1: Service x: metadata.labels.version is not text: quote the value",
    ],
    [
      "apiVersion: v1\nkind: X\nmetadata: {name: x}\nspec:\n  id: 12345678901234567890\n",
      "cluster/a.yaml:5: 12345678901234567890 is too large to be kept exactly: quote it",
    ],
    [
      "apiVersion: v1\nkind: X\nmetadata: {name: x}\nspec: .inf\n",
      "cluster/a.yaml:4: .inf is not a number that JSON knows",
    ],
    [
      "apiVersion: v1\nkind: X\nmetadata: {name: x}\nspec:\n  ~: 1\n",
      "cluster/a.yaml:5: a key is null or not a scalar",
    ],
    ["apiVersion: v1\nkind: X\nmetadata: {name: *nowhere}\n", /^cluster\/a\.yaml:\d: Unresolved alias/],
  ])("refuses %j", (text, expected) => {
    expect(problems(text)).toEqual([typeof expected === "string" ? expected : expect.stringMatching(expected)])
  })

  it("refuses aliases that multiply without end", () => {
    const levels = Array.from({ length: 12 }, (_, n) => `  l${n + 1}: &l${n + 1} [${`*l${n},`.repeat(9)}]`).join("\n")
    const text = `apiVersion: v1\nkind: X\nmetadata: {name: x}\nspec:\n  l0: &l0 [a]\n${levels}\n`
    expect(problems(text)[0]).toMatch(/alias/i)
  })

  it("says that it does not build kustomizations", () => {
    expect(problems("resources: [a.yaml]\n", "cluster/kustomization.yaml")[0]).toMatch(/not built yet/)
  })
})
