import { describe, expect, test } from "vitest"
import { runScript } from "./run-script.ts"

const data = `load 1m
  up{job="a"} 1 2 3
  up{job="b"} 10x2
`
const evaluation = (...lines: string[]): string => `${data}\n${lines.join("\n")}`
/** The reasons for which evaluations fail. */
const failures = (script: string): string[] => runScript(script).failures.map(({ reason }) => reason)

describe("what is as expected passes", () => {
  test.each([
    ["a vector", ["eval instant at 1m up", '  up{job="b"} 10', '  up{job="a"} 2']],
    ["a scalar", ["eval instant at 0 1 + 1", "  2"]],
    ["a string", ['eval instant at 0 "a\\"b"', '  expect string `a"b`']],
    ["steps", ["eval range from 0 to 3m step 1m sum(up)", "  {} 11 12 13 13"]],
    ["a gap", ["eval range from 0 to 2m step 1m up{job='a'} != 2", '  up{job="a"} 1 _ 3']],
    ["nothing", ["eval instant at 1m nothing"]],
    ["an order", ["eval_ordered instant at 2m sort(up)", '  up{job="a"} 3', '  up{job="b"} 10']],
    [
      "an order in newer words",
      ["eval instant at 2m sort(up)", "  expect ordered", '  up{job="a"} 3', '  up{job="b"} 10'],
    ],
    [
      "a range",
      ["eval instant at 2m up{job='a'}[2m]", "  expect range vector from 1m to 2m step 1m", '  up{job="a"} 2 3'],
    ],
    ["what differs by less than a millionth", ["eval instant at 0 up{job='b'}", '  up{job="b"} 10.000001']],
    ["a failure", ["eval_fail instant at 1m up + on() up"]],
    ["a failure in its words", ["eval_fail instant at 1m up + on() up", "  expected_fail_regexp duplicate series"]],
    ["a failure in newer words", ["eval instant at 1m up + on() up", "  expect fail regex: duplicate series"]],
    [
      "a query that is none",
      ["eval instant at 1m sum(", "  expect fail msg: 1:5: parse error: unclosed left parenthesis"],
    ],
  ])("%s", (_, lines) => {
    expect(runScript(evaluation(...lines))).toEqual({ total: 1, failures: [] })
  })
})

describe("what is not as expected fails", () => {
  test.each([
    [
      "another value",
      ["eval instant at 1m up", '  up{job="a"} 2', '  up{job="b"} 11'],
      /up{job="b"} has another value/,
    ],
    ["a series more", ["eval instant at 1m up", '  up{job="a"} 2'], /unexpected series up{job="b"}/],
    [
      "a series less",
      ["eval instant at 1m up{job='a'}", '  up{job="a"} 2', '  up{job="b"} 1'],
      /up{job="b"} is missing/,
    ],
    ["a vector for a scalar", ["eval instant at 1m vector(1)", "  1"], /the answer is a vector/],
    ["a scalar for a vector", ["eval instant at 1m 1", "  {} 1"], /the answer is a scalar/],
    ["another scalar", ["eval instant at 1m 1", "  2"], /the scalar is another one/],
    ["another string", ['eval instant at 0 "a"', '  expect string "b"'], /the string is another one/],
    ["an unannounced string", ['eval instant at 0 "a"'], /expect string/],
    ["another order", ["eval_ordered instant at 2m sort(up)", '  up{job="b"} 10', '  up{job="a"} 3'], /at place 1/],
    ["another step", ["eval range from 0 to 2m step 1m sum(up)", "  {} 11 12 14"], /another value at 120 s/],
    ["a step more", ["eval range from 0 to 2m step 1m sum(up)", "  {} 11 12"], /unexpected value at 120 s/],
    [
      "a step less",
      ["eval range from 0 to 2m step 1m up{job='a'} < 3", '  up{job="a"} 1 2 3'],
      /another value at 120 s/,
    ],
    ["more steps than asked for", ["eval range from 0 to 1m step 1m sum(up)", "  {} 11 12 13"], /more than there are/],
    ["a failure", ["eval instant at 1m up + on() up"], /the query fails/],
    ["no failure", ["eval_fail instant at 1m up"], /does not fail/],
    [
      "a failure in other words",
      ["eval_fail instant at 1m up + on() up", "  expected_fail_message x"],
      /another reason/,
    ],
    ["no warning", ["eval_warn instant at 1m up", '  up{job="a"} 2', '  up{job="b"} 10'], /no such warning/],
    ["no info", ["eval instant at 1m up", "  expect info", '  up{job="a"} 2', '  up{job="b"} 10'], /no such info/],
  ])("%s", (_, lines, reason) => {
    expect(failures(evaluation(...lines))).toEqual([expect.stringMatching(reason)])
  })
})

test("loads add up, clear forgets", () => {
  const script = `load 1m
  a 1

load 1m
  b 2

eval instant at 0 a + on() b
  {} 3

clear
eval instant at 0 a
`
  expect(runScript(script)).toEqual({ total: 2, failures: [] })
})

test("a failed evaluation does not hold up the next ones, and is told with its line", () => {
  const outcome = runScript(
    evaluation("eval instant at 0 1", "  2", "eval instant at 0 1", "  1", "eval instant at 0 2", "  1"),
  )
  expect(outcome.total).toBe(3)
  expect(outcome.failures.map(({ line, expected, actual }) => [line, expected, actual])).toEqual([
    [5, ["2"], ["1"]],
    [9, ["1"], ["2"]],
  ])
})

describe("a script that is none is refused with its line", () => {
  test.each([
    ["# comment\n\nlaod 1m", /line 3: a command is/],
    ["load", /line 1: loading is/],
    ["load 1parsec\n  a 1", /line 1: no duration: 1parsec/],
    ["load 1m\n  a 1\n  b one", /line 3: no value of a series: one/],
    ["load 1m\n  a 1\n\n  b 1", /line 4: a command is/],
    ["eval 1", /line 1: an evaluation is/],
    ["eval instant at 1m up\n  up 1 2", /line 2: an instant query has one value per series/],
    ["eval instant at 1m up\n  up", /line 2: no value for up/],
    ["eval range from 2m to 1m step 1m up", /line 1: the end, 1m, is before the start, 2m/],
    ["eval range from 0 to 1m step 0 up", /line 1: a step is more than 0/],
    ["eval instant at 1m up\n  expect sunshine", /line 2: an expectation is/],
    ["eval instant at 1m up\n  expect warn\n  expect no_warn", /line 3: .* exclude each other/],
    ["eval instant at 1m up\n  expect fail\n  expect fail", /line 3: one evaluation fails once/],
    ["eval instant at 1m up\n  expect fail regex: (", /line 2: error parsing regexp/],
    ['eval instant at 1m "a"\n  expect string a', /line 2: a string stands in quotes/],
    ["load 1m\n  a 1\n\nload 1m\n  a 2", /line 4: a{} has newer samples already/],
    ['load_with_nhcb 1m\n  h_bucket{le="1"} 5\n  h_bucket{le="+Inf"} 4', /line 1: h{} is no histogram/],
  ])("%j", (script, message) => {
    expect(() => runScript(script)).toThrow(message)
  })
})
