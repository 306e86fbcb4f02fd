import { parseDuration } from "../parser/duration.ts"
import { scanString } from "../parser/scan-string.ts"
import { addExpectation, anyWords, exactly, matching, nothingExpected, type Draft } from "./expectations.ts"
import { ScriptError, type Command, type Eval, type Load, type Times } from "./script.ts"
import { parseSeries, toNumber } from "./series-notation.ts"

const instant = /^eval(?:_(fail|warn|info|ordered))?\s+instant\s+at\s+(\S+)\s+(.+)$/
const range = /^eval(?:_(fail|warn|info))?\s+range\s+from\s+(\S+)\s+to\s+(\S+)\s+step\s+(\S+)\s+(.+)$/
const rangeVector = /^expect\s+range\s+vector\s+from\s+(\S+)\s+to\s+(\S+)\s+step\s+(\S+)$/
const plainNumber =
  /^[+-]?(?:0[xX][0-9a-fA-F]+|0[bB][01]+|0[oO][0-7]+|(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?|inf(?:inity)?|nan)$/i

/** The commands of a script in Prometheus' test format (promqltest). Throws ScriptError. */
export function parseScript(text: string): Command[] {
  return new ScriptParser(text).run()
}

class ScriptParser {
  /** Trimmed; a comment is an empty line, which ends a block. */
  readonly #lines: readonly string[]
  #index = 0

  constructor(text: string) {
    this.#lines = text.split("\n").map((line) => line.trim().replace(/^#.*/, ""))
  }

  run(): Command[] {
    const commands: Command[] = []
    for (; this.#index < this.#lines.length; this.#index += 1) {
      if (this.#line() !== "") commands.push(this.#explained(() => this.#command(this.#line())))
    }
    return commands
  }

  #line(): string {
    return this.#lines[this.#index] ?? ""
  }

  /** Steps to the next line of a block; "" at its end. */
  #inBlock(): string {
    const next = this.#lines[this.#index + 1] ?? ""
    if (next !== "") this.#index += 1
    return next
  }

  /** Says of what is wrong in which line it is. */
  #explained<T>(parse: () => T): T {
    try {
      return parse()
    } catch (error) {
      if (error instanceof ScriptError || !(error instanceof Error)) throw error
      throw new ScriptError(this.#index + 1, error.message)
    }
  }

  #command(line: string): Command {
    const [word = ""] = line.split(/\s/, 1)
    if (word === "clear") return { kind: "clear" }
    if (word.startsWith("load")) return this.#load(line)
    if (word.startsWith("eval")) return this.#eval(line)
    throw new Error(`a command is \`load\`, \`clear\` or \`eval\`: ${line}`)
  }

  #load(line: string): Load {
    const match = /^load(_with_nhcb)?\s+(\S+)$/.exec(line)
    if (!match) throw new Error("loading is `load <interval>` or `load_with_nhcb <interval>`")
    const [, withNative, interval = ""] = match
    const command = { kind: "load", line: this.#index + 1, interval: milliseconds(interval) } as const
    // A series that is given twice is the one that is given last.
    const series = new Map<string, Load["series"][number]>()
    for (let next = this.#inBlock(); next !== ""; next = this.#inBlock()) {
      if (/^\S+@st\s/.test(next)) throw new Error("start timestamps (`@st`) are not supported")
      const one = parseSeries(next)
      series.set(one.labels.key, one)
    }
    return { ...command, series: [...series.values()], withNative: withNative !== undefined }
  }

  #eval(source: string): Eval {
    const line = this.#index + 1
    const once = instant.exec(source)
    const many = range.exec(source)
    const draft = nothingExpected()
    if (once) {
      const [, mode, at = "", query = ""] = once
      setMode(draft, mode)
      const time = milliseconds(at)
      this.#expectations(draft, true)
      return { kind: "eval", line, source, query, at: time, expected: draft }
    }
    if (!many) {
      throw new Error(
        "an evaluation is `eval instant at <time> <query>` or `eval range from <start> to <end> step <step> <query>`",
      )
    }
    const [, mode, from = "", to = "", step = "", query = ""] = many
    setMode(draft, mode)
    const at = times(from, to, step)
    this.#expectations(draft, false)
    return { kind: "eval", line, source, query, at, expected: draft }
  }

  #expectations(draft: Draft, single: boolean): void {
    const older = draft.fail !== undefined
    for (let next = this.#inBlock(); next !== ""; next = this.#inBlock()) {
      const words = /^expected_fail_(message|regexp)\s*(.*)$/.exec(next)
      if (words && older) {
        const [, how, text = ""] = words
        draft.fail = [how === "message" ? exactly(text) : matching(text)]
        return
      }
      if (/^expect\s/.test(next)) {
        this.#expect(draft, next, single)
        continue
      }
      if (plainNumber.test(next)) {
        draft.scalar = toNumber(next)
        return
      }
      const series = parseSeries(next)
      if (series.points.length === 0) throw new Error(`no value for ${series.labels.toString()}`)
      if (single && draft.rangeVector === undefined && series.points.length > 1)
        throw new Error("an instant query has one value per series, unless an `expect range vector` stands before it")
      draft.series.push(series)
    }
  }

  #expect(draft: Draft, line: string, single: boolean): void {
    const text = /^expect\s+string(?:\s+(.*))?$/.exec(line)
    if (text) {
      draft.text = parseString(text[1] ?? "")
      return
    }
    if (!/^expect\s+range\s/.test(line)) return addExpectation(draft, line)
    const match = rangeVector.exec(line)
    if (!match || !single)
      throw new Error("of an instant query one can `expect range vector from <start> to <end> step <step>`")
    const [, from = "", to = "", step = ""] = match
    draft.rangeVector = times(from, to, step)
  }
}

function setMode(draft: Draft, mode: string | undefined): void {
  if (mode === "ordered") draft.ordered = true
  else if (mode === "fail") draft.fail = [anyWords]
  else if (mode === "warn" || mode === "info") draft[mode].push(anyWords)
}

function parseString(quoted: string): string {
  const scanned = /^["'`]/.test(quoted) ? scanString(quoted, 0) : { wrong: "no quote" }
  if ("wrong" in scanned || scanned.text !== quoted) throw new Error(`a string stands in quotes: ${quoted}`)
  return scanned.value
}

function milliseconds(text: string): number {
  const value = text === "0" ? 0 : parseDuration(text)
  if (value === undefined) throw new Error(`no duration: ${text}`)
  return value
}

function times(from: string, to: string, step: string): Times {
  const result = { start: milliseconds(from), end: milliseconds(to), step: milliseconds(step) }
  if (result.end < result.start) throw new Error(`the end, ${to}, is before the start, ${from}`)
  if (result.step === 0) throw new Error("a step is more than 0")
  return result
}
