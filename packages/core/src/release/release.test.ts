import { expect, test } from "vitest"
import type { EditResult, Tree } from "../edit/edit.ts"
import { canaryYaml, SimulatedWorld } from "../canary/simulated-world.ts"
import { automationOf } from "./automation.ts"
import { membershipOf } from "./membership.ts"
import { plan, releaseEdit, type Release } from "./release.ts"
import { rollBackEdit } from "./roll-back.ts"
import { switchEdit, type Switch } from "./switches.ts"

const web = `kind: Deployment
apiVersion: apps/v1
metadata:
  name: web
  namespace: test
spec:
  template:
    spec:
      initContainers: [{name: init, image: "busybox:1"}]
      containers:
        - name: web
          image: web:1.0.0 # the release
`
const treeOf = (text: string): Tree => ({ revision: "a".repeat(40), files: new Map([["web.yaml", text]]) })
const workload = { kind: "Deployment", namespace: "test", name: "web" }
const release: Release = { workload, tag: "1.1.0", cause: "user alice", reason: "It is time.", byPolicy: false }
const reasonOf = (result: EditResult): string => (result.kind === "commit" ? "committed" : result.reason)
const contentOf = (result: EditResult): string =>
  result.kind === "commit" ? String(result.changes[0]?.content) : result.reason

test("a release changes the image's bytes and says who, what and why; the dry run is the same edit", () => {
  const { result, diff } = plan(releaseEdit(release), treeOf(web))
  expect(contentOf(result)).toBe(web.replace("web:1.0.0", "web:1.1.0"))
  expect(diff).toContain("-          image: web:1.0.0 # the release\n+          image: web:1.1.0 # the release")
  expect(result).toMatchObject({
    message: {
      subject: "Release web 1.1.0",
      body: "It is time.",
      trailers: [
        ["Serin-Kind", "release"],
        ["Serin-Workload", "Deployment test/web"],
        ["Serin-From", "web:1.0.0"],
        ["Serin-To", "web:1.1.0"],
        ["Serin-Cause", "user alice"],
        ["Serin-Reason", "It is time."],
        ["Serin-Id", expect.stringMatching(/^[0-9a-f]{20}$/)],
      ],
    },
  })
})

test.each([
  ["already there", { tag: "1.0.0" }, web, "has web:1.0.0 already"],
  ["decided on another image", { from: "web:0.9.0" }, web, "chosen anew"],
  [
    "locked",
    {},
    web.replace(
      "  name: web\n",
      '  name: web\n  annotations: {serin.dev/locked: "true", serin.dev/locked-message: fair}\n',
    ),
    "is locked (fair); `serin unlock`",
  ],
  ["no such workload", { workload: { ...workload, name: "other" } }, web, "If it is rendered by a tool"],
  ["no such container", { container: "x" }, web, "there are web, init"],
  ["no pods", { workload: { ...workload, kind: "Service" } }, web, "has no pods"],
  [
    "several containers",
    {},
    web.replace("        - name: web\n", "        - {name: side, image: s}\n        - name: web\n"),
    "say which container: side, web",
  ],
  ["pinned without a digest", {}, web.replace("web:1.0.0", `web:1.0.0@sha256:${"0".repeat(64)}`), "pins digests"],
])("nothing is committed: %s", (_, change, text, why) => {
  expect(reasonOf(releaseEdit({ ...release, ...change })(treeOf(text)))).toContain(why)
})

test("a pinned image gets the digest of the new tag", () => {
  const digest = `sha256:${"1".repeat(64)}`
  const pinned = web.replace("  name: web\n", "  name: web\n  annotations: {serin.dev/pin: digest}\n")
  const result = releaseEdit({ ...release, digest })(treeOf(pinned))
  expect(contentOf(result)).toContain(`image: web:1.1.0@${digest} # the release`)
})

const canaryRelease = (tag: string, more: Partial<Release> = {}): Release => ({
  ...release,
  workload: { kind: "Deployment", namespace: "test", name: "podinfo-canary" },
  tag,
  ...more,
})

test("a canary takes one delivery at a time, none that it rejected, and none by policy on its stable side", () => {
  const world = new SimulatedWorld()
  expect(reasonOf(releaseEdit(canaryRelease("0.2.1"))(world.tree))).toContain("has not adopted canary test/podinfo yet")
  world.until("adoption", () => world.phase === "Idle")
  expect(membershipOf(world.tree, canaryRelease("x").workload)).toEqual({
    ref: { namespace: "test", name: "podinfo" },
    side: "canary",
  })
  const stable = { kind: "Deployment", namespace: "test", name: "podinfo-ga" }
  expect(reasonOf(releaseEdit(canaryRelease("0.2.1", { workload: stable, byPolicy: true }))(world.tree))).toContain(
    "put the policy on the canary side",
  )
  world.bad.set("podinfo:0.2.1", 1)
  expect(world.commit(releaseEdit(canaryRelease("0.2.1")), "person").kind).toBe("commit")
  world.until("the start", () => world.phase === "Progressing")
  expect(reasonOf(releaseEdit(canaryRelease("0.2.2"))(world.tree))).toBe(
    "Canary test/podinfo is Progressing with podinfo:0.2.1; wait for its end, or end it with `serin canary abort podinfo -n test`.",
  )
  world.until("the end", () => world.phase === "Failed")
  expect(reasonOf(releaseEdit(canaryRelease("0.2.1"))(world.tree))).toContain("was rejected (success-rate 0 %")
  expect(releaseEdit(canaryRelease("0.2.2"))(world.tree).kind).toBe("commit")
})

test("where a new image restarts the delivery, it may come at any time", () => {
  const world = new SimulatedWorld({ "cluster/podinfo/canary.yaml": canaryYaml("", "  onNewImage: restart\n") })
  world.until("adoption", () => world.phase === "Idle")
  world.setImage("canary", "podinfo:0.2.1")
  world.until("the start", () => world.phase === "Progressing")
  expect(releaseEdit(canaryRelease("0.2.2", { byPolicy: true }))(world.tree).kind).toBe("commit")
})

const switchOf = (verb: Switch["verb"], more: Partial<Switch> = {}): Switch => ({
  verb,
  workload,
  cause: "user alice",
  ...more,
})

test("automation is switched by annotations, and off again without a trace", () => {
  const on = switchEdit(switchOf("automate", { policy: { "*": "semver:~1", init: "newest:*" } }))(treeOf(web))
  expect(contentOf(on)).toBe(
    web.replace(
      "  namespace: test\n",
      `  namespace: test
  annotations:
    serin.dev/automated: "true"
    serin.dev/tag.web: semver:~1
    serin.dev/tag.init: newest:*
`,
    ),
  )
  const automation = automationOf("Deployment", {
    ...JSON.parse('{"metadata":{"annotations":{"serin.dev/automated":"true"}}}'),
  })
  expect(automation.automated).toBe(true)
  const off = switchEdit(switchOf("deautomate"))(treeOf(contentOf(on)))
  expect(contentOf(off)).not.toContain("automated")
  expect(contentOf(off)).toContain("serin.dev/tag.web: semver:~1")
  expect(reasonOf(switchEdit(switchOf("deautomate"))(treeOf(web)))).toContain("like that already")
})

test("a lock carries its message, and goes with it", () => {
  const locked = switchEdit(switchOf("lock", { message: "until Monday: the fair" }))(treeOf(web))
  expect(contentOf(locked)).toContain('serin.dev/locked-message: "until Monday: the fair"')
  expect(contentOf(switchEdit(switchOf("unlock"))(treeOf(contentOf(locked))))).toBe(web)
})

test.each([
  [{ policy: { "*": "banana" } }, "names no kind of policy"],
  [{ policy: { x: "semver:*" } }, "There is no container x"],
  [{}, "without a policy there is nothing to automate"],
])("automation is refused: %j", (more, why) => {
  expect(reasonOf(switchEdit(switchOf("automate", more))(treeOf(web)))).toContain(why)
})

test("Flux's annotations are understood where Serin's say nothing", () => {
  const annotations = {
    "fluxcd.io/automated": "true",
    "fluxcd.io/tag.web": "glob:main-*",
    "serin.dev/tag.init": "semver:*",
  }
  const spec = {
    template: { spec: { containers: [{ name: "web", image: "a" }], initContainers: [{ name: "init", image: "b" }] } },
  }
  const automation = automationOf("Deployment", { metadata: { annotations }, spec })
  expect(automation.automated).toBe(true)
  expect(automation.policies.get("web")).toMatchObject({ ok: true, policy: { order: "created" } })
  expect(automation.policies.get("init")).toMatchObject({ ok: true, policy: { order: "semver" } })
})

test("rolling back to a commit restores its files, and removes those that came later", () => {
  const to = {
    revision: "b".repeat(40),
    files: new Map([
      ["a", "1"],
      ["b", "2"],
    ]),
  }
  const now = {
    revision: "c".repeat(40),
    files: new Map([
      ["a", "9"],
      ["b", "2"],
      ["c", "3"],
    ]),
  }
  const result = rollBackEdit({ to, cause: "user alice", reason: "as before" })(now)
  expect(result).toMatchObject({
    changes: [
      { path: "a", content: "1" },
      { path: "c", content: null },
    ],
    message: { subject: "Roll back to bbbbbbbb" },
  })
  expect(rollBackEdit({ to, cause: "x" })(to).kind).toBe("obsolete")
})
