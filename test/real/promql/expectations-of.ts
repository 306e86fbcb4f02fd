import type { Sample } from "../../../packages/promql/src/engine/engine.ts"
import type { Labels } from "../../../packages/promql/src/labels.ts"
import { parse } from "../../../packages/promql/src/parser/parser.ts"
import {
  atPlaces,
  shownValue,
  type Answer,
  type Eval,
  type Times,
} from "../../../packages/promql/src/promqltest/index.ts"

/** The lines below an evaluation that expect just this answer. */
export function expectationsOf(command: Eval, answer: Answer): string[] {
  return linesOf(command, answer).map((line) => `  ${line}`)
}

/** Where the samples of a matrix are. */
export function timesOf({ at, expected }: Eval): Times {
  return typeof at === "number" ? (expected.rangeVector ?? { start: at, end: at, step: 1 }) : at
}

function linesOf(command: Eval, answer: Answer): string[] {
  if (answer.type === "error") {
    const { message } = answer
    // A script's line is trimmed.
    return [`expect fail ${message === message.trim() ? `msg: ${message}` : `regex: ^${escaped(message)}$`}`]
  }
  const told = [
    ...answer.warnings.map((text) => `expect warn ${wording(command.query, text)}`),
    ...answer.infos.map((text) => `expect info ${wording(command.query, text)}`),
  ]
  const { ordered, rangeVector } = command.expected
  if (ordered) told.push("expect ordered")
  switch (answer.type) {
    case "string":
      return [...told, `expect string ${JSON.stringify(answer.value)}`]
    case "scalar":
      return [...told, shownValue(answer.sample[1])]
    case "vector":
      return [...told, ...answer.series.map(({ labels, sample }) => `${seriesText(labels)} ${shownValue(sample[1])}`)]
    case "matrix": {
      if (typeof command.at !== "number") return [...told, ...matrixLines(answer.series, command.at)]
      const over = rangeVector ?? regular(answer.series.flatMap(({ samples }) => samples.map(([time]) => time)))
      const { start, end, step } = over
      told.push(`expect range vector from ${duration(start)} to ${duration(end)} step ${duration(step)}`)
      return [...told, ...matrixLines(answer.series, over)]
    }
  }
}

const matrixLines = (series: Extract<Answer, { type: "matrix" }>["series"], times: Times): string[] =>
  series.map(({ labels, samples }) => `${seriesText(labels)} ${points(samples, times)}`)

/** The step at which all of these times are. */
function regular(times: readonly number[]): Times {
  const sorted = [...new Set(times)].sort((a, b) => a - b)
  const [start = 0, second = start + 1_000] = sorted
  const step = second - start
  const end = sorted.at(-1) ?? start
  if (sorted.some((time) => (time - start) % step !== 0))
    throw new Error("no script can expect samples at irregular times")
  return { start, end, step }
}

const duration = (milliseconds: number): string =>
  milliseconds % 1000 === 0 ? `${String(milliseconds / 1000)}s` : `${String(milliseconds)}ms`

function points(samples: readonly Sample[], { start, end, step }: Times): string {
  const left = new Map(samples)
  const shown: string[] = []
  for (let time = start; time <= end && left.size > 0; time += step) {
    const value = left.get(time)
    left.delete(time)
    shown.push(value === undefined ? "_" : shownValue(value))
  }
  return shown.join(" ")
}

/** Where selectors before it are given an `@`, what an annotation points to is further right. */
function wording(query: string, text: string): string {
  const [, body = text, column] = /^(.*) \(1:(\d+)\)$/.exec(text) ?? []
  const [first = Number.POSITIVE_INFINITY] = atPlaces(parse(query, { experimental: true })) ?? []
  // Some tell when it happened, which the same query asked at other times does not.
  const timeless = body.replace(/, over \d+ samples from .*$/, "")
  if (timeless !== body) return `regex: ^${escaped(timeless)}, over \\d+ samples from `
  if (column === undefined || Number(column) - 1 <= first) return `msg: ${text}`
  return `regex: ^${escaped(body)} \\(1:\\d+\\)$`
}

const escaped = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&")

/** As a script writes it: a name that is no word stands in the braces. */
function seriesText(labels: Labels): string {
  const name = labels.get("__name__")
  const plain = /^[a-zA-Z_:][\w:]*$/.test(name)
  const inside = labels.pairs
    .filter(([label]) => label !== "__name__")
    .map(([label, value]) => `${/^[a-zA-Z_]\w*$/.test(label) ? label : JSON.stringify(label)}=${JSON.stringify(value)}`)
  const all = plain || name === "" ? inside : [JSON.stringify(name), ...inside]
  return `${plain ? name : ""}${all.length === 0 && plain ? "" : `{${all.join(", ")}}`}`
}
