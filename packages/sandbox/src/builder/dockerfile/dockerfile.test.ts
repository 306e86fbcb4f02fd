import { describe, expect, it } from "vitest"
import { parseInstructions } from "./instructions.ts"
import { neededStages, parseDockerfile } from "./stages.ts"
import { execForm, expandText, expandWords, keyValues } from "./words.ts"

const lookup = (name: string) => ({ NAME: "podinfo", SPACE: "two words", EMPTY: "" })[name]
const none = () => undefined

describe("parseInstructions", () => {
  it("joins continuation lines, and skips comments and empty lines between them", () => {
    const text = [
      "# syntax=docker/dockerfile:1",
      "from node:20 AS build",
      "",
      "RUN one \\",
      "  # a comment",
      "",
      "  && two",
      "# last",
    ].join("\n")
    expect(parseInstructions(text)).toEqual([
      { keyword: "FROM", flags: new Map(), text: "node:20 AS build", line: 2 },
      { keyword: "RUN", flags: new Map(), text: "one   && two", line: 4 },
    ])
  })

  it("takes flags off, and lines that end with CR", () => {
    const [instruction] = parseInstructions("COPY --from=build --link  a b\r\n")
    expect(instruction).toEqual({
      keyword: "COPY",
      flags: new Map([
        ["from", "build"],
        ["link", ""],
      ]),
      text: "a b",
      line: 1,
    })
  })

  it("knows the escape directive", () => {
    expect(parseInstructions("# escape=`\nRUN a `\n b\\\nCMD x").map(({ text }) => text)).toEqual(["a  b\\", "x"])
  })

  it.each([
    ["&& echo x", 1, /is no instruction/],
    ["FROM x\nRUN <<EOF\necho\nEOF", 2, /heredocs are not understood/],
  ])("says in which line %j fails", (text, line, message) => {
    expect(() => parseInstructions(text)).toThrow(message)
    expect(() => parseInstructions(text)).toThrow(expect.objectContaining({ line }) as Error)
  })
})

describe("words", () => {
  it.each([
    ["a  b\tc", ["a", "b", "c"]],
    ['"a b" c\\ d', ["a b", "c d"]],
    ["'$NAME' \"$NAME\" $NAME", ["$NAME", "podinfo", "podinfo"]],
    ["${NAME}-x ${NONE:-d} ${NONE:+o} ${NAME:+o} ${EMPTY:-e}", ["podinfo-x", "d", "", "o", "e"]],
    ["${NONE:-${NAME}-b}", ["podinfo-b"]],
    ["$SPACE", ["two words"]],
    ['\\$NAME 5$ "\\n"', ["$NAME", "5$", "\\n"]],
    ['""', [""]],
  ])("of %s", (text, words) => {
    expect(expandWords(text, lookup)).toEqual(words)
  })

  it("refuse quotes and braces that are not closed", () => {
    expect(() => expandWords('"a', lookup)).toThrow(/not closed/)
    expect(() => expandWords("${NAME", lookup)).toThrow(/cannot read the variable/)
  })

  it("as one text keep their spaces", () => {
    expect(expandText("a  $NAME b", lookup)).toBe("a  podinfo b")
  })

  it("in exec form are JSON, anything else is for the shell", () => {
    expect(execForm('["node", "a b"]')).toEqual(["node", "a b"])
    expect(execForm("['node']")).toBeUndefined()
    expect(execForm("node a b")).toBeUndefined()
  })

  it("as pairs, in the new form and the old", () => {
    expect(keyValues('A=1 B="two words" C=$NAME', lookup)).toEqual([
      ["A", "1"],
      ["B", "two words"],
      ["C", "podinfo"],
    ])
    expect(keyValues("A one two", lookup)).toEqual([["A", "one two"]])
    expect(() => keyValues("A", lookup)).toThrow(/has no value/)
    expect(() => keyValues("A=1 two", lookup)).toThrow(/"two" has no value/)
  })
})

describe("stages", () => {
  const text = [
    "ARG BASE=node:20",
    "FROM $BASE AS deps",
    "COPY a a",
    "FROM scratch AS unused",
    "RUN never",
    "FROM deps AS build",
    "COPY b b",
    "FROM scratch",
    "COPY --from=build /x /x",
    "COPY --from=busybox /bin /bin",
  ].join("\n")

  it("are named and numbered, with the ARGs before them", () => {
    const { stages, globals } = parseDockerfile(text, none)
    expect(stages.map(({ name, base }) => [name, base])).toEqual([
      ["deps", "node:20"],
      ["unused", "scratch"],
      ["build", "deps"],
      [undefined, "scratch"],
    ])
    expect([...globals]).toEqual([["BASE", "node:20"]])
    expect(parseDockerfile(text, (name) => (name === "BASE" ? "node:22" : undefined)).stages[0]?.base).toBe("node:22")
  })

  it("that the last one does not need are left out", () => {
    expect(neededStages(parseDockerfile(text, none)).map(({ index }) => index)).toEqual([0, 2, 3])
  })

  it.each([
    ["", /has no FROM/],
    ["RUN x\nFROM y", /RUN stands before the first FROM/],
    ["FROM a b", /cannot read FROM/],
    ["FROM $NONE", /names no image/],
    ["FROM a AS x\nFROM b AS X", /two stages named x/],
  ])("of %j are refused", (file, message) => {
    expect(() => parseDockerfile(file, none)).toThrow(message)
  })
})
