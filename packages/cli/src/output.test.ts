import { expect, test } from "vitest"
import { render, table } from "./output.ts"

const columns = [
  { heading: "NAME", cell: (row: { name: string; tag: string }) => row.name },
  { heading: "TAG", cell: (row: { name: string; tag: string }) => row.tag },
]

test("a table's columns are as wide as their widest cell, without trailing blanks", () => {
  const text = table(
    [
      { name: "podinfo-canary", tag: "" },
      { name: "a", tag: "0.2.1" },
    ],
    columns,
  )
  expect(text.split("\n")).toEqual(["NAME            TAG", "podinfo-canary", "a               0.2.1"])
})

test("json and yaml carry the whole value, not the columns", () => {
  const row = { name: "a", tag: "0.2.1", more: 1 }
  expect(JSON.parse(render("json", [row], columns))).toEqual([row])
  expect(render("yaml", [row], columns)).toBe("- name: a\n  tag: 0.2.1\n  more: 1")
})
