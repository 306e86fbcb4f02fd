import { expect, test } from "vitest"
import { writeDelivery, type Rejected } from "../canary/delivery.ts"
import type { Tree } from "../edit/edit.ts"
import { parsePolicy, type TagPolicy } from "../image/index.ts"
import { lockTakenBack, takenBack, type Considered } from "./taken-back.ts"

const workload = { kind: "Deployment", namespace: "test", name: "web" }

interface State {
  readonly image?: string
  readonly policy?: string
  readonly annotations?: string
  readonly rejected?: readonly Rejected[]
}

function treeOf({ image = "web:1.0.0", policy = "semver:~1", annotations = "", rejected }: State): Tree {
  const web = `apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  namespace: test
  annotations: {serin.dev/automated: "true", serin.dev/tag.web: "${policy}"${annotations}}
spec: {template: {spec: {containers: [{name: web, image: "${image}"}]}}}
`
  const delivery = writeDelivery("test", "web", {
    phase: "Idle",
    revision: image,
    previous: image,
    step: 0,
    seq: 1,
    seal: "",
    replicas: { stable: 1, canary: 1 },
    rejected: rejected ?? [],
    owner: "here",
  })
  return { revision: "a", files: new Map([["web.yaml", web], ...(rejected ? [["d.yaml", delivery] as const] : [])]) }
}

function policyOf(text: string): TagPolicy {
  const read = parsePolicy(text)
  if (!read.ok) throw new Error(read.reason)
  return read.policy
}

const considered = (more: Partial<Considered> = {}): Considered => ({
  workload,
  container: "web",
  current: "web:1.0.0",
  policy: policyOf("semver:~1"),
  chosen: { tag: "1.1.0", digest: "sha256:11" },
  tags: [],
  canary: { namespace: "test", name: "web" },
  ...more,
})

const back = (...states: readonly State[]): string | undefined => takenBack(considered(), states.map(treeOf))
const newer = { image: "web:1.1.0" }
const rejected = [{ tag: "1.1.0", digest: "", why: "slow" }]

test("a newer image in the history was taken back, however often the file changed since", () => {
  expect(back()).toBeUndefined()
  expect(back({}, { image: "web:0.9.0" })).toBeUndefined()
  expect(back({}, newer, {})).toBe("web:1.1.0")
  expect(back({}, { annotations: ", note: x" }, { image: "web:0.8.0" }, { image: "web:1.0.5" })).toBe("web:1.0.5")
})

test.each<[string, State]>([
  ["a lock that was opened since", { annotations: ', serin.dev/locked: "true"' }],
  ["another policy", { policy: "semver:~1.0" }],
  ["an image of another name", { image: "other:1.0.0" }],
])("%s is a person's later decision", (_what, between) => {
  expect(back({}, between, newer)).toBeUndefined()
})

test("what a canary rejected was not taken back by a person, also after the rejection was cleared", () => {
  expect(back({ rejected }, { ...newer, rejected }, { ...newer, rejected: [] }, {})).toBeUndefined()
  expect(back({ rejected: [] }, { rejected }, { ...newer, rejected: [] }, {})).toBeUndefined()
  // Cleared, released once more, and then taken back by a person.
  expect(back({ rejected: [] }, { ...newer, rejected: [] }, { rejected: [] }, { rejected }, newer)).toBe("web:1.1.0")
})

test("orders that are not of the tag's name are told by what they are ordered by", () => {
  const [old, fresh] = ["sha256:00", "sha256:11"].map((start) => start.padEnd(71, "0"))
  const digest = considered({
    policy: policyOf("digest:latest"),
    current: `web:latest@${old}`,
    chosen: { tag: "latest", digest: fresh ?? "" },
  })
  const at = (image: string) => treeOf({ policy: "digest:latest", image })
  expect(takenBack(digest, [at(`web:latest@${old}`), at(`web:latest@${fresh}`)])).toBe(`web:latest@${fresh}`)
  expect(takenBack(digest, [at(`web:latest@${old}`), at(`web:latest@${"sha256:22".padEnd(71, "0")}`)])).toBeUndefined()
  const tags = ["a", "b"].map((tag, day) => ({ tag, created: `2026-01-0${day + 1}T00:00:00Z` }))
  const dated = considered({ policy: policyOf("newest:*"), current: "web:a", tags })
  const by = (image: string) => treeOf({ policy: "newest:*", image })
  expect(takenBack(dated, [by("web:a"), by("web:b")])).toBe("web:b")
  expect(takenBack({ ...dated, current: "web:b" }, [by("web:b"), by("web:a")])).toBeUndefined()
})

test("the lock is decided on the image that is there, and says how to open it", () => {
  const lock = lockTakenBack(considered(), "web:1.1.0")
  expect(lock(treeOf(newer))).toMatchObject({ kind: "obsolete" })
  expect(lock(treeOf({}))).toMatchObject({
    kind: "commit",
    message: {
      subject: "Lock web",
      body: "A person went back from web:1.1.0 to web:1.0.0; `serin unlock` lets semver:~1 go on.",
    },
  })
})
