import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Engine, Labels, MemoryStorage } from "@serin/promql"
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest"
import { activeAlerts } from "./alerting.ts"
import { GroupState } from "./group.ts"
import { readRuleFiles } from "./read-rule-files.ts"
import { parseRuleFile } from "./rule-file.ts"
import { nextTime, startRules } from "./schedule.ts"

const defaults = { interval: 60_000, queryOffset: 0 }
const minute = 60_000
const start = 1_700_000_000_000

let storage: MemoryStorage
let engine: Engine
beforeEach(() => {
  storage = new MemoryStorage()
  engine = new Engine(storage)
})

function group(rules: string, settings = ""): GroupState {
  const [first] = parseRuleFile("rules.yml", `groups: [{name: g, ${settings} rules: [${rules}]}]`, defaults)
  if (first === undefined) throw new Error("no group")
  return new GroupState(first, {
    storage,
    engine,
    externalLabels: { region: "eu" },
    externalUrl: "http://prometheus.example",
    now: () => start,
    log: () => undefined,
  })
}

const append = (labels: Record<string, string>, time: number, value: number | "stale") =>
  storage.append(Labels.from(labels), time, value)

function ask(query: string, time: number): Record<string, number> {
  const result = engine.instant(query, time)
  if (result.type !== "vector") throw new Error("no vector")
  return Object.fromEntries(result.series.map(({ labels, sample }) => [labels.toString(), Number(sample[1])]))
}

describe("recording rules", () => {
  test("each sees what those before it wrote, and a series that vanishes ends", () => {
    const state = group("{record: a, expr: x * 2, labels: {kind: twice}}, {record: b, expr: sum(a) + 1}")
    append({ __name__: "x", pod: "1" }, start, 3)
    state.evaluate(start)
    expect(ask('{__name__=~"a|b"}', start)).toEqual({ 'a{kind="twice", pod="1"}': 6, "b{}": 7 })
    append({ __name__: "x", pod: "1" }, start + 1, "stale")
    state.evaluate(start + minute)
    expect(ask('{__name__=~"a|b"}', start + minute)).toEqual({})
    expect(state.statuses.map(({ health }) => health)).toEqual(["ok", "ok"])
  })

  test("a query that fails is told by the rule, and what it wrote goes on until the look-back", () => {
    const state = group("{record: a, expr: sum(x) / on(b) group_left() y}, {record: still, expr: vector(1)}")
    append({ __name__: "y", b: "", c: "1" }, start, 1)
    append({ __name__: "y", b: "", c: "2" }, start, 1)
    append({ __name__: "x" }, start, 1)
    state.evaluate(start)
    expect(state.statuses[0]).toMatchObject({
      health: "err",
      lastError: expect.stringContaining("found duplicate series") as string,
    })
    expect(ask("still", start)).toEqual({ "still{}": 1 })
  })

  test("labels that make two series one are an error, and so are more than the limit", () => {
    append({ __name__: "x", pod: "1" }, start, 1)
    append({ __name__: "x", pod: "2" }, start, 1)
    const same = group('{record: a, expr: x, labels: {pod: ""}}')
    same.evaluate(start)
    expect(same.statuses[0]?.lastError).toBe(
      "vector contains metrics with the same labelset after applying rule labels",
    )
    const many = group("{record: a, expr: x}", "limit: 1,")
    many.evaluate(start)
    expect(many.statuses[0]?.lastError).toBe("exceeded limit of 1 with 2 series")
  })

  test("with an offset they ask and write that far back", () => {
    append({ __name__: "x" }, start - minute, 5)
    group("{record: a, expr: x}", "query_offset: 1m,").evaluate(start)
    expect(ask("timestamp(a)", start)).toEqual({ "{}": (start - minute) / 1000 })
  })
})

describe("alerting rules", () => {
  const rule =
    "{alert: High, expr: x > 1, for: 1m, keep_firing_for: 2m, labels: {severity: page, at: '{{ $labels.pod }}'}, " +
    "annotations: {summary: '{{ $labels.pod }} is at {{ $value | humanizePercentage }} in {{ $externalLabels.region }}'}}"
  const states = (state: GroupState) =>
    activeAlerts(state.statuses[0]?.alerts ?? new Map()).map(({ state: how, activeAt }) => [how, activeAt - start])

  test("are pending, fire, are kept firing and end", () => {
    const state = group(rule)
    state.restore(start)
    append({ __name__: "x", pod: "1" }, start, 2)
    state.evaluate(start)
    expect(states(state)).toEqual([["pending", 0]])
    expect(ask("ALERTS", start)).toEqual({
      'ALERTS{alertname="High", alertstate="pending", at="1", pod="1", severity="page"}': 1,
    })
    state.evaluate(start + minute)
    expect(states(state)).toEqual([["firing", 0]])
    expect(ask("ALERTS", start + minute)).toEqual({
      'ALERTS{alertname="High", alertstate="firing", at="1", pod="1", severity="page"}': 1,
    })
    expect(ask("ALERTS_FOR_STATE", start + minute)).toEqual({
      'ALERTS_FOR_STATE{alertname="High", at="1", pod="1", severity="page"}': start / 1000,
    })
    append({ __name__: "x", pod: "1" }, start + minute + 1, 0)
    for (const minutes of [2, 3]) {
      state.evaluate(start + minutes * minute)
      expect(states(state)).toEqual([["firing", 0]])
    }
    state.evaluate(start + 4 * minute)
    expect(states(state)).toEqual([])
    expect(ask("ALERTS", start + 4 * minute)).toEqual({})
  })

  test("annotations are expanded with the series' labels and value", () => {
    const state = group(rule)
    append({ __name__: "x", pod: "1" }, start, 1.5)
    state.evaluate(start)
    expect(activeAlerts(state.statuses[0]?.alerts ?? new Map())[0]?.annotations).toEqual({
      summary: "1 is at 150% in eu",
    })
  })

  test("a template that fails says so in the annotation; the alert is there all the same", () => {
    const state = group("{alert: A, expr: vector(1), annotations: {a: '{{ query \"none\" | first | value }}'}}")
    state.evaluate(start)
    expect(activeAlerts(state.statuses[0]?.alerts ?? new Map())[0]?.annotations["a"]).toMatch(
      /^<error expanding template: error executing template __alert_A: .*first\(\) called on vector with no elements>$/,
    )
  })

  test("more alerts than the limit are none, and an error", () => {
    append({ __name__: "x", pod: "1" }, start, 2)
    append({ __name__: "x", pod: "2" }, start, 2)
    const state = group("{alert: A, expr: x}", "limit: 1,")
    state.evaluate(start)
    expect(state.statuses[0]).toMatchObject({ health: "err", lastError: "exceeded limit of 1 with 2 alerts" })
    expect(states(state)).toEqual([])
  })

  test("after a restart they go on where they were: what fired fires, what was pending does not count the outage", () => {
    const before = group("{alert: Fired, expr: x, for: 1m}, {alert: Pending, expr: x, for: 30m}")
    before.restore(start)
    append({ __name__: "x" }, start, 1)
    before.evaluate(start)
    append({ __name__: "x" }, start + 5 * minute, 1)
    before.evaluate(start + 5 * minute)

    const after = group("{alert: Fired, expr: x, for: 1m}, {alert: Pending, expr: x, for: 30m}")
    const back = start + 15 * minute
    append({ __name__: "x" }, back, 1)
    after.evaluate(back)
    after.restore(back)
    after.evaluate(back + minute)
    const alerts = after.statuses.flatMap((status) => activeAlerts(status.alerts))
    expect(alerts.map(({ state, activeAt }) => [state, (activeAt - start) / minute])).toEqual([
      ["firing", 0],
      ["pending", 10],
    ])
  })

  test("before that nothing is written of them, so that what was before can be read", () => {
    const state = group("{alert: A, expr: vector(1)}")
    state.evaluate(start)
    expect(ask("ALERTS_FOR_STATE", start)).toEqual({})
  })
})

describe("a file of rules", () => {
  test.each([
    ["{record: a, alert: b, expr: x}", "only one of 'record' and 'alert' must be set"],
    ["{expr: x}", "one of 'record' or 'alert' must be set"],
    ["{record: a}", "field 'expr' must be set in rule"],
    ["{record: a, expr: 'sum('}", "could not parse expression: 1:5: parse error: unclosed left parenthesis"],
    ["{record: a, expr: x, for: 1m}", "invalid field 'for' in recording rule"],
    ["{record: a, expr: x, annotations: {a: b}}", "invalid field 'annotations' in recording rule"],
    ["{record: 'a{b=\"c\"}', expr: x}", "braces present in the recording rule name; should it be in expr?"],
    ["{alert: a, expr: x, labels: {__name__: b}}", "invalid label name: __name__"],
    ["{alert: a, expr: x, for: soon}", 'not a valid duration string: "soon"'],
    ["{alert: a, expr: x, fore: 1m}", "fore"],
    [
      "{alert: a, expr: x, annotations: {b: '{{ nothing 1 }}'}}",
      'annotation "b": template: __alert_a:1: function "nothing" not defined',
    ],
    ["{alert: a, expr: x, labels: {b: '{{ $value'}}", 'label "b": template: __alert_a:1: unclosed action'],
    ["{alert: a, expr: x, labels: {b: '{{ $vlaue }}'}}", 'undefined variable "$vlaue"'],
  ])("%s is refused with its place", (rule, message) => {
    const text = `groups:\n- name: g\n  rules:\n  - ${rule}\n`
    expect(() => parseRuleFile("some.yml", text, defaults)).toThrow(/^some\.yml: 4:\d+: /)
    expect(() => parseRuleFile("some.yml", text, defaults)).toThrow(message)
  })

  test("all mistakes are told at once, and groups by one name are one", () => {
    const text = "groups: [{name: g, rules: [{record: a}]}, {name: g, rules: [{alert: b}]}, {rules: []}]"
    expect(() => parseRuleFile("some.yml", text, defaults)).toThrow(
      /rule 1, "a".*\n.*groupname: "g" is repeated in the same file\n.*rule 1, "b".*\n.*Groupname must not be empty/,
    )
  })

  test("the group's labels and interval hold for its rules", () => {
    const text =
      "groups: [{name: g, interval: 5s, labels: {a: g, b: g}, rules: [{record: r, expr: x, labels: {b: r}}]}]"
    const [only] = parseRuleFile("some.yml", text, defaults)
    expect(only).toMatchObject({ interval: 5000, rules: [{ labels: { a: "g", b: "r" }, query: "x" }] })
  })

  describe("found by a pattern", () => {
    let folder: string
    beforeEach(async () => {
      folder = await mkdtemp(join(tmpdir(), "serin-rules-"))
    })
    afterEach(() => rm(folder, { recursive: true }))

    test("each once, those that are not there have none", async () => {
      for (const name of ["a.yml", "b.yml", "c.txt"])
        await writeFile(join(folder, name), `groups: [{name: of-${name}, rules: [{record: r, expr: "1"}]}]`)
      const groups = await readRuleFiles(["*.yml", "a.yml", "none.yml"], folder, defaults)
      expect(groups.map(({ name }) => name)).toEqual(["of-a.yml", "of-b.yml"])
      expect(groups[0]?.file).toBe(join(folder, "a.yml"))
    })
  })
})

test("a group is evaluated at its own times, the same after a restart", () => {
  const [one] = parseRuleFile("f", "groups: [{name: g, interval: 10s, rules: []}]", defaults)
  if (one === undefined) throw new Error("no group")
  const first = nextTime(one, start)
  expect(first).toBeGreaterThan(start)
  expect(first - start).toBeLessThanOrEqual(10_000)
  expect(nextTime(one, first)).toBe(first + 10_000)
  expect(nextTime(one, first - 1)).toBe(first)
})

test("a group is evaluated once at each of its times, also where timers are early", async () => {
  const [first] = parseRuleFile(
    "rules.yml",
    "groups: [{name: g, interval: 20ms, rules: [{record: a, expr: time()}]}]",
    defaults,
  )
  if (first === undefined) throw new Error("no group")
  const began = Date.now()
  const running = startRules([first], {
    storage,
    engine,
    externalLabels: {},
    externalUrl: "http://prometheus.example",
    // A clock that is slower than the timers.
    now: () => began + Math.floor((Date.now() - began) * 0.8),
    log: (_message, fields) => expect.unreachable(String(fields?.["error"])),
  })
  try {
    const times = () => storage.select([], 0, Number.POSITIVE_INFINITY)[0]?.read().times ?? []
    await vi.waitFor(() => expect(times().length).toBeGreaterThan(5), { timeout: 10_000 })
    expect([...times()].filter((time, index) => index > 0 && (time - (times()[index - 1] ?? 0)) % 20 !== 0)).toEqual([])
    expect(running.groups.flatMap(({ statuses }) => statuses.map(({ health }) => health))).toEqual(["ok"])
  } finally {
    running.close()
  }
})

test("an interval of 0 is left to the configuration", () => {
  const [first] = parseRuleFile("rules.yml", "groups: [{name: g, interval: 0s, rules: []}]", defaults)
  expect(first?.interval).toBe(defaults.interval)
})
