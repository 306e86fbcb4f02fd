import { expect, test } from "vitest"
import { diffChanges, unifiedDiff } from "./diff.ts"
import { Draft } from "./draft.ts"
import type { Tree } from "./edit.ts"
import { locate, type Located } from "./locate.ts"
import { annotationsOf, containersOf, replicasOf, workloadName } from "./workload.ts"

const web = `kind: Deployment
apiVersion: apps/v1
metadata: {name: web, namespace: test}
spec:
  replicas: 2
  template:
    spec:
      initContainers: [{name: init, image: busybox}]
      containers:
        - name: web
          image: web:1
`
const treeOf = (files: Record<string, string>): Tree => ({
  revision: "0".repeat(40),
  files: new Map(Object.entries(files)),
})
const name = { group: "apps", kind: "Deployment", namespace: "test", name: "web" }

function locatedIn(tree: Tree): Located {
  const result = locate(tree, name)
  if (!result.ok) throw new Error(result.reason)
  return result.located
}

test("an object is found among documents, Lists and other files, by group and not by version", () => {
  const list = `apiVersion: v1\nkind: List\nitems:\n- ${web.replaceAll("\n", "\n  ").trimEnd()}\n`
  const tree = treeOf({
    "README.md": web,
    "a/list.yaml": `# first\nkind: X\n---\n${list}`,
    "a/other.yaml": web.replace("apps/v1", "example.dev/v1"),
    "a/broken.yaml": `web: [\n${web}`,
  })
  const found = locatedIn(tree)
  expect(found).toMatchObject({ path: "a/list.yaml", document: 1, at: ["items", 0] })
  expect(replicasOf(found)).toBe(2)
  expect(new Draft(tree).set(found, ["spec", "replicas"], 3).changes()).toEqual([
    { path: "a/list.yaml", content: `# first\nkind: X\n---\n${list.replace("replicas: 2", "replicas: 3")}` },
  ])
})

test("an object that is missing, or stands twice, is told with its places", () => {
  expect(locate(treeOf({}), name)).toEqual({ ok: false, missing: true, reason: "Git states no Deployment test/web." })
  expect(locate(treeOf({ "a.yaml": web, "b.yml": web }), name)).toMatchObject({
    missing: false,
    reason: "Deployment test/web stands in a.yaml and in b.yml; keep one of them.",
  })
  expect(locate(treeOf({ "a.yaml": `${web}---\n${web}` }), name)).toMatchObject({
    reason: expect.stringContaining("twice in a.yaml"),
  })
})

test("containers of every kind with pods, with the way to their image", () => {
  const { object } = locatedIn(treeOf({ "a.yaml": web }))
  expect(containersOf("Deployment", object).map(({ name, image }) => [name, image])).toEqual([
    ["web", "web:1"],
    ["init", "busybox"],
  ])
  const pod = { containers: [{ name: "a", image: "b" }, { name: "no image" }] }
  expect(containersOf("Pod", { spec: pod })).toEqual([
    { name: "a", image: "b", path: ["spec", "containers", 0, "image"] },
  ])
  expect(containersOf("CronJob", { spec: { jobTemplate: { spec: { template: { spec: pod } } } } })).toHaveLength(1)
  expect(containersOf("Service", { spec: pod })).toEqual([])
  expect(workloadName("CronJob", "a", "b")).toEqual({ group: "batch", kind: "CronJob", namespace: "a", name: "b" })
  expect(workloadName("Service", "a", "b")).toBeUndefined()
  expect(annotationsOf({ metadata: { annotations: { a: "b", c: 1 } } })).toEqual({ a: "b" })
})

test("a draft collects changes of several files and keeps its first refusal", () => {
  const tree = treeOf({ "a.yaml": web })
  const found = locatedIn(tree)
  const draft = new Draft(tree).set(found, ["spec", "replicas"], 2).write("b.yaml", "x: 1\n")
  expect(draft.changes()).toEqual([{ path: "b.yaml", content: "x: 1\n" }])
  expect(draft.tree().files.get("b.yaml")).toBe("x: 1\n")
  draft.set(found, ["spec", "template"], "x").set(found, ["spec", "template", "spec", "containers", 4, "image"], "x")
  expect(draft.refusal).toBe("a.yaml cannot be edited: spec.template is not a plain value.")
})

test("the diff is one that git and people read", () => {
  const tree = treeOf({ "a.yaml": web })
  const draft = new Draft(tree).set(locatedIn(tree), ["spec", "replicas"], 3).write("new.yaml", "x: 1\n")
  expect(diffChanges(tree, draft.changes())).toBe(
    `--- a/a.yaml
+++ b/a.yaml
@@ -2,7 +2,7 @@
 apiVersion: apps/v1
 metadata: {name: web, namespace: test}
 spec:
-  replicas: 2
+  replicas: 3
   template:
     spec:
       initContainers: [{name: init, image: busybox}]
--- /dev/null
+++ b/new.yaml
@@ -0,0 +1,1 @@
+x: 1
`,
  )
  expect(unifiedDiff("a", "x\n", "x\n")).toBe("")
  expect(unifiedDiff("a", "x\n", null)).toContain("+++ /dev/null")
})
