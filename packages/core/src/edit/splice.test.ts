import fc from "fast-check"
import { expect, test } from "vitest"
import { parseYaml } from "../manifest/index.ts"
import { valueAt, withoutPath, withPath, type Path } from "./path.ts"
import { removeEntry, setScalar, type SpliceResult } from "./splice.ts"

const image: Path = ["spec", "containers", 0, "image"]

function textOf(result: SpliceResult): string {
  if (!result.ok) throw new Error(result.reason)
  return result.text
}

const deployment = `# podinfo, stable
apiVersion: v1   # core
kind: Pod
metadata:
  name: podinfo  # its name
  labels: {app: podinfo, 'release': "ga"}
spec:
  # two of them
  containers:
  - name: podinfo
    image: podinfo:0.1.0 # {"policy": 1}
    args: ["--port=9898"]

  - image: 'sidecar:1'
    name: side
`

test("an image is replaced and every other byte stays", () => {
  expect(textOf(setScalar(deployment, 0, image, "podinfo:0.2.1"))).toBe(
    deployment.replace("podinfo:0.1.0", "podinfo:0.2.1"),
  )
  const second = textOf(setScalar(deployment, 0, ["spec", "containers", 1, "image"], "sidecar:2"))
  expect(second).toBe(deployment.replace("'sidecar:1'", "'sidecar:2'"))
})

test("a missing map is written at the end of its parent, before the comment of what follows", () => {
  const result = textOf(setScalar(deployment, 0, ["metadata", "annotations", "serin.dev/locked"], "true"))
  expect(result).toBe(
    deployment.replace(`'release': "ga"}\n`, `'release': "ga"}\n  annotations:\n    serin.dev/locked: "true"\n`),
  )
  expect(textOf(removeEntry(result, 0, ["metadata", "annotations", "serin.dev/locked"]))).toBe(deployment)
})

test.each([
  ["flow map", "{a: {b: 1}}\n", ["a", "c"], "x", "{a: {b: 1, c: x}}\n"],
  ["empty flow map", "a: {}\n", ["a", "c"], "x", "a: {c: x}\n"],
  ["JSON", '{"a": {"b": 1}}', ["a", "c", "d"], "x", '{"a": {"b": 1, "c": {"d": "x"}}}'],
  ["nothing behind the key", "a:   # why\nb: 1\n", ["a", "c"], "x", "a:   # why\n  c: x\nb: 1\n"],
  ["nothing as a value", "a:\nb: 1\n", ["a"], "x", "a: x\nb: 1\n"],
  ["null", "a: null\nb: 1\n", ["a", "c"], "x", "a: {c: x}\nb: 1\n"],
  ["no line ending at the end", "a:\n  b: 1", ["a", "c"], "x", "a:\n  b: 1\n  c: x"],
  ["after a block scalar", "a:\n  b: |\n    t\nz: 1\n", ["a", "c"], "x", "a:\n  b: |\n    t\n  c: x\nz: 1\n"],
  [
    "after a nested map",
    "a:\n    b:\n        q: 1 # q\n# z\nz: 1\n",
    ["a", "c"],
    "x",
    "a:\n    b:\n        q: 1 # q\n    c: x\n# z\nz: 1\n",
  ],
  ["text that looks like a boolean", "a: x\n", ["a"], "yes", 'a: "yes"\n'],
  ["text with a comment sign", "a: x\n", ["a"], "x #y", 'a: "x #y"\n'],
  ["a quote within quotes", "a: 'x'\n", ["a"], "it's", "a: 'it''s'\n"],
  ["an anchor nobody uses", "a: &i x # c\n", ["a"], "z", "a: &i z # c\n"],
  ["Windows line ends", "a:\r\n  b: 1\r\nz: 1\r\n", ["a", "c", "d"], 5, "a:\r\n  b: 1\r\n  c:\r\n    d: 5\r\nz: 1\r\n"],
])("inserting or replacing: %s", (_, text, path, value, expected) => {
  expect(textOf(setScalar(text, 0, path, value))).toBe(expected)
})

test.each([
  ["the only entry takes its map with it", "m:\n  a:\n    k: 1 # c\n  b: 2\n", ["m", "a", "k"], "m:\n  b: 2\n"],
  ["one of several", "m:\n  k: 1\n  # about l\n  l: 2\n", ["m", "k"], "m:\n  # about l\n  l: 2\n"],
  ["the last without a line ending", "m:\n  l: 2\n  k: 1", ["m", "k"], "m:\n  l: 2\n"],
  ["first in a flow map", "m: {k: 1, l: 2}\n", ["m", "k"], "m: {l: 2}\n"],
  ["last in a flow map", "m: {l: 2, k: 1}\n", ["m", "k"], "m: {l: 2}\n"],
  ["on the line of a dash", "- k: 1\n  l: 2\n", [0, "k"], "- l: 2\n"],
  ["what is not there", "m: {l: 2}\n", ["m", "k"], "m: {l: 2}\n"],
])("removing: %s", (_, text, path, expected) => {
  expect(textOf(removeEntry(text, 0, path))).toBe(expected)
})

test.each([
  ["an alias", "a: &i x\nb: *i\n", ["b"], "is an alias"],
  ["an anchor in use", "a: &i x\nb: *i\n", ["a"], "is shared by the anchor &i"],
  ["a merge key", "base: &b {x: 1}\na:\n  <<: *b\n", ["a", "x"], "merge key"],
  ["a block scalar", "a: |\n  x\n", ["a"], "block scalar"],
  ["a list item that is not there", "a: []\n", ["a", 0], "there is no a.0"],
  ["a file that does not parse", "a: [\n", ["a"], "does not parse"],
  ["a map where a value is meant", "a: {b: 1}\n", ["a"], "not a plain value"],
])("refused with the reason: %s", (_, text, path, why) => {
  const result = setScalar(text, 0, path, "y")
  expect(result.ok ? "" : result.reason).toContain(why)
})

/** A manifest in someone's handwriting, with one value left open. */
const handwriting = fc
  .record({
    indent: fc.constantFrom(2, 3, 4),
    listIndent: fc.constantFrom(0, 2),
    eol: fc.constantFrom("\n", "\r\n"),
    quote: fc.constantFrom("", "'", '"'),
    comment: fc.constantFrom("", " # note", '   # {"$imagepolicy": "a:b"}'),
    between: fc.constantFrom("", "# between", "  # indented remark", "weird: 'it''s'"),
    before: fc.constantFrom("", "kind: Other\nvalue: podinfo:0.1.0\n---\n", "# only a comment\n---\n"),
    after: fc.constantFrom("", "---\nkind: Third\n", "...\n", "# the end"),
    imageFirst: fc.boolean(),
    unicode: fc.constantFrom("plain", "größe 🚀 x"),
  })
  .map((hand) => {
    const pad = " ".repeat(hand.indent)
    const dash = `${pad}${" ".repeat(hand.listIndent)}`
    const hole = (value: string) => `image: ${hand.quote}${value}${hand.quote}${hand.comment}`
    const item = (value: string) =>
      hand.imageFirst
        ? [`${dash}- ${hole(value)}`, `${dash}  name: web`]
        : [`${dash}- name: web`, `${dash}  ${hole(value)}`]
    const write = (value: string) =>
      `${hand.before}${["kind: Pod", `note: ${hand.unicode}`, hand.between, "spec:", `${pad}containers:`, ...item(value)].filter((line) => line !== "").join("\n")}\n${hand.after}`.replaceAll(
        "\n",
        hand.eol,
      )
    return { write, document: hand.before.startsWith("kind") ? 1 : 0 }
  })

const tag = fc.stringMatching(/^[a-z]{1,6}(\/[a-z]{1,4})?:[0-9A-Za-z_][0-9A-Za-z_.-]{0,8}$/)

test("in any handwriting an image edit changes the image's bytes and nothing else", () => {
  fc.assert(
    fc.property(handwriting, tag, tag, ({ write, document }, from, to) => {
      expect(textOf(setScalar(write(from), document, image, to))).toBe(write(to))
    }),
  )
})

const scalar = fc.oneof(fc.string({ maxLength: 12 }), fc.integer({ min: 0, max: 100 }), fc.boolean())

test("in any handwriting an edit means what was wanted and keeps all lines it did not touch", () => {
  const path: Path = ["spec", "annotations", "serin.dev/x"]
  fc.assert(
    fc.property(handwriting, tag, scalar, ({ write, document }, from, value) => {
      const before = write(from)
      const after = textOf(setScalar(before, document, path, value))
      const was = parseYaml(before).map((one): unknown => one.toJS())
      const is = parseYaml(after).map((one): unknown => one.toJS())
      expect(is).toEqual(was.map((one, index) => (index === document ? withPath(one, path, value) : one)))
      expect(valueAt(is[document], path)).toBe(value)
      const kept = after.split(/(?<=\n)/)
      for (const line of before.split(/(?<=\n)/))
        expect(kept.some((one) => one.trimEnd() === line.trimEnd())).toBe(true)
      const removed = textOf(removeEntry(after, document, path))
      expect(parseYaml(removed).map((one): unknown => one.toJS())).toEqual(was)
      expect(withoutPath(is[document], path)).toEqual(was[document])
    }),
  )
})
