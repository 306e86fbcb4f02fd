import type { Labels } from "../labels.ts"
import type { Matcher } from "../parser/ast.ts"
import { matcherTest } from "../storage/matcher-test.ts"
import type { InstantFunction } from "./call-context.ts"
import { absent, copyStep, emptyColumn, vectorOf, type Column } from "./grid.ts"
import { InfoMetrics } from "./info-metrics.ts"
import { PromqlError } from "./query-error.ts"

/** What info series and those that they tell about have in common. */
const identifying = ["instance", "job"] as const
const defaultInfo: Matcher = { label: "__name__", op: "=", value: "target_info" }
const anyInfo: Matcher = { label: "__name__", op: "=~", value: ".+_info" }

/** `info(v, {wanted_label=~".+"})`: adds the labels of info series of the same target. */
export const info: InstantFunction = ({ args: [, labels] }, [of], context) => {
  const columns = vectorOf(of)
  const matchers = labels?.kind === "selector" ? labels.matchers : []
  const ofName = matchers.filter(({ label }) => label === "__name__")
  const names = nameMatchers(ofName)
  const wanted = matchers.filter(({ label }) => label !== "__name__")
  const isInfo = allOf(names)
  const [infos, others] = [true, false].map((which) =>
    columns.filter((column) => isInfo(column.labels.get("__name__")) === which),
  ) as [Column[], Column[]]
  const found = identifiedBy(others).map((targets) => [...targets, ...wanted, ...names])
  const series = found.flatMap((one) => context.select(one, "value"))
  if (series.some(({ histograms }) => histograms !== undefined))
    throw new PromqlError("execution", "info sample should be float")
  const times = found.flatMap((one) => context.select(one, "time"))
  const metrics = new InfoMetrics(times, identifying, new Set(wanted.map(({ label }) => label)))
  // A label that must be there is missing where there is no info series at all.
  const optional = wanted.every((matcher) => matcherTest(matcher)(""))
  return { kind: "vector", columns: [...infos, ...others.flatMap((column) => enriched(column, metrics, optional))] }
}

/** Which metrics are info metrics: those asked for, else the usual one; where only some are excluded, all others by their suffix. */
function nameMatchers(given: readonly Matcher[]): readonly Matcher[] {
  if (given.length === 0) return [defaultInfo]
  return given.some(({ op }) => op === "=" || op === "=~") ? given : [anyInfo, ...given]
}

function allOf(matchers: readonly Matcher[]): (value: string) => boolean {
  const tests = matchers.map(matcherTest)
  return (value) => tests.every((test) => test(value))
}

/** Matchers of the targets of these series: a set for each choice of identifying labels that some of them have. */
function identifiedBy(columns: readonly Column[]): Matcher[][] {
  const groups = new Map<string, Labels[]>()
  for (const { labels } of columns) {
    const key = identifying.filter((name) => labels.get(name) !== "").join()
    if (key !== "") groups.set(key, [...(groups.get(key) ?? []), labels])
  }
  return [...groups.values()].map((members) =>
    identifying.map((label): Matcher => {
      const values = new Set(members.map((labels) => labels.get(label)))
      return values.has("")
        ? { label, op: "=", value: "" }
        : { label, op: "=~", value: [...values].map(quoted).join("|") }
    }),
  )
}

const quoted = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&")

/** The series with the labels that it has at each step, which may be several series. */
function enriched(column: Column, metrics: InfoMetrics, optional: boolean): Column[] {
  const results = new Map<string, Column>()
  const count = column.present.length
  for (let step = 0; step < count; step += 1) {
    if (column.present[step] === absent) continue
    const labels = metrics.labelsFor(column.labels, step)
    if (labels === undefined && !optional) continue
    const target = labels ?? column.labels
    let result = results.get(target.key)
    if (result === undefined) {
      result = { ...emptyColumn(target, count), nameless: column.nameless ?? false }
      results.set(target.key, result)
    }
    copyStep(result, column, step)
  }
  return [...results.values()]
}
