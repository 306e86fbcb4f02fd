import type { Random } from "../../../packages/promql/src/fuzz/random.ts"
import type { Term } from "./term.ts"
import type { Vocabulary } from "./vocabulary.ts"

const arithmetic = ["+", "-", "*", "/", "%", "^"]
const comparison = ["==", "!=", ">", "<", ">=", "<="]
const sets = ["and", "or", "unless"]
const trims = ["</", ">/"]
const ofCounters = new Set(["rate", "irate", "increase", "resets", "changes"])
type Part = string | Term

const vector = (...parts: Part[]): Term => ({ type: "vector", parts })
const scalar = (...parts: Part[]): Term => ({ type: "scalar", parts })
const range = (...parts: Part[]): Term => ({ type: "range", parts })

/** Random queries that are well-typed, over the metrics of `data.ts`. */
export class QueryGenerator {
  readonly #random: Random
  readonly #words: Vocabulary
  readonly #arithmetic: readonly string[]

  constructor(random: Random, words: Vocabulary) {
    this.#random = random
    this.#words = words
    // In Prometheus 2, atan2 lets series keep their names.
    this.#arithmetic = words.newer ? [...arithmetic, "atan2"] : arithmetic
  }

  query(): Term {
    const depth = 1 + this.#random.integer(4)
    return this.#random.chance(0.95) ? this.#vector(depth) : this.#scalar(depth)
  }

  #vector(depth: number): Term {
    if (depth <= 0) return this.#selector()
    const next = depth - 1
    const choices: (() => Term)[] = [
      () => this.#selector(),
      () => vector(this.#random.pick(this.#words.ofVector), "(", this.#vector(next), ")"),
      () => this.#ofModest(next),
      () => this.#overRange(next),
      () => this.#overRange(next),
      () => this.#withParameters(next),
      () => this.#aggregation(next),
      () => this.#aggregation(next),
      () => this.#withScalar(next),
      () => this.#between(next),
      () => this.#between(next),
      () => this.#histogram(next),
      () => this.#relabelled(next),
      () => vector("vector(", this.#scalar(next), ")"),
      () => vector(this.#random.pick(["-", "+"]), "(", this.#vector(next), ")"),
    ]
    return this.#random.pick(choices)()
  }

  #ofModest(depth: number): Term {
    const [names, most] = this.#random.pick(this.#words.ofModest)
    return vector(this.#random.pick(names), "((", this.#vector(depth), ` <= ${most}) >= -${most})`)
  }

  #scalar(depth: number): Term {
    const simple = this.#random.pick(["0", "1", "2", "0.5", "-1", "3", "10", "60", "time()", "pi()", "1e3"])
    if (depth <= 0 || this.#random.chance(0.5)) return scalar(simple)
    return this.#random.pick([
      () => scalar("scalar(", this.#vector(depth - 1), ")"),
      () =>
        scalar("(", this.#scalar(depth - 1), ` ${this.#random.pick(this.#arithmetic)} `, this.#scalar(depth - 1), ")"),
      () => scalar("(", this.#scalar(depth - 1), ` ${this.#random.pick(comparison)} bool `, this.#scalar(0), ")"),
      () => scalar("-", this.#scalar(0)),
    ])()
  }

  /** `exact`: with nothing computed within. A last digit less is a reset of a counter. */
  #range(depth: number, exact = false): Term {
    if (exact || depth <= 0 || this.#random.chance(0.7)) {
      const kind = this.#words.newer && this.#random.chance(0.05) ? this.#random.pick([" anchored", " smoothed"]) : ""
      return range(`${this.#series()}[${this.#duration()}]${kind}${this.#modifiers()}`)
    }
    const step = this.#random.pick(["", "15s", "30s", "1m", "7s"])
    return range("(", this.#vector(depth - 1), `)[${this.#subqueryDuration()}:${step}]${this.#modifiers()}`)
  }

  #selector(): Term {
    return vector(`${this.#series()}${this.#modifiers()}`)
  }

  /** A name and some matchers. */
  #series(): string {
    const { metrics, classic, native, labels } = this.#words
    const floats = [...metrics, ...metrics, ...classic]
    const name = this.#random.pick(native.length > 0 && this.#random.chance(0.3) ? native : floats)
    const matchers = Object.entries(labels).flatMap(([label, values]) => {
      if (this.#random.chance(0.75)) return []
      const value = this.#random.pick(values)
      return [
        this.#random.pick([
          `${label}="${value}"`,
          `${label}!="${value}"`,
          `${label}=~"${value}|2"`,
          `${label}!~"${value}.*"`,
        ]),
      ]
    })
    if (this.#random.chance(0.03)) return `{__name__=~"${name}|${this.#random.pick(metrics)}"}`
    return matchers.length === 0 ? name : `${name}{${matchers.join(", ")}}`
  }

  #modifiers(): string {
    const offset = this.#random.chance(0.1) ? ` offset ${this.#random.pick(["1m", "30s", "-1m", "5m"])}` : ""
    const at = this.#random.chance(0.07) ? ` @ ${this.#random.pick(["start()", "end()", "600", "905"])}` : ""
    return offset + at
  }

  #duration(): string {
    const plain = this.#random.pick(["15s", "30s", "45s", "1m", "2m", "5m", "10m", "100s"])
    if (!this.#words.newer || this.#random.chance(0.95)) return plain
    return this.#random.pick([`${plain} + 30s`, `${plain} * 2`, "step()", "range() + 15s", `max_of(${plain}, 1m)`])
  }

  /** In the older language, where both ends of a range belong to it, no step may lie on an end: see older.ts. */
  #subqueryDuration(): string {
    const plain = this.#random.pick(["1m", "2m", "3m30s", "5m"])
    return this.#words.newer ? plain : `${plain}250ms`
  }

  #overRange(depth: number): Term {
    return this.#random.pick([
      () => this.#ofRange(depth),
      () => this.#ofRange(depth),
      () => this.#ofRange(depth),
      () => vector("quantile_over_time(", this.#quantile(depth), ", ", this.#range(depth), ")"),
      () => vector("predict_linear(", this.#range(depth), ", ", this.#scalar(depth), ")"),
      () => vector(`${this.#words.smoothing}(`, this.#range(depth), ", 0.3, 0.6)"),
    ])()
  }

  #ofRange(depth: number): Term {
    const name = this.#random.pick(this.#words.ofRange)
    return vector(name, "(", this.#range(depth, ofCounters.has(name)), ")")
  }

  #quantile(depth: number): Term {
    return this.#random.chance(0.8) ? scalar(this.#random.pick(["0", "0.25", "0.5", "0.9", "1"])) : this.#scalar(depth)
  }

  #withParameters(depth: number): Term {
    return this.#random.pick([
      () => vector("clamp(", this.#vector(depth), ", ", this.#scalar(depth), ", ", this.#scalar(depth), ")"),
      () => vector("clamp_min(", this.#vector(depth), ", ", this.#scalar(depth), ")"),
      () => vector("clamp_max(", this.#vector(depth), ", ", this.#scalar(depth), ")"),
      () => vector("round(", this.#vector(depth), ", ", this.#scalar(depth), ")"),
    ])()
  }

  #aggregation(depth: number): Term {
    const grouping = this.#grouping()
    const of = (op: string, ...parts: Part[]) => vector(`${op}${grouping}(`, ...parts, this.#vector(depth), ")")
    const choices = [
      () => of(this.#random.pick(this.#words.aggregations)),
      () => of(this.#random.pick(this.#words.aggregations)),
      () => of(this.#random.pick(this.#words.aggregations)),
      () => of(this.#random.pick(["topk", "bottomk"]), scalar(this.#random.pick(["1", "2", "3"])), ", "),
      // Of a constant vector, Prometheus takes the first step's parameter for all steps: a constant one, then.
      () => of("quantile", scalar(this.#random.pick(["0", "0.25", "0.5", "0.9", "1", "-1"])), ", "),
      // Values become labels here: none may depend on how a sum is rounded.
      () => vector(`count_values${grouping}("v", round((`, this.#vector(depth), " <= 1e6) >= -1e6))"),
    ]
    if (this.#words.newer) {
      choices.push(
        // Which series it takes is its own affair.
        () => vector("count(", of("limitk", scalar(this.#random.pick(["1", "2"])), ", "), ")"),
        () => of("limit_ratio", scalar(this.#random.pick(["0.5", "-0.3", "1"])), ", "),
      )
    }
    return this.#random.pick(choices)()
  }

  #grouping(): string {
    if (this.#random.chance(0.3)) return ""
    const names = this.#random.some([...Object.keys(this.#words.labels), "le"])
    return `${this.#random.pick([" by ", " without "])}(${names.join(", ")}) `
  }

  #withScalar(depth: number): Term {
    const ops = this.#words.newer
      ? [...this.#arithmetic, ...comparison, ...trims]
      : [...this.#arithmetic, ...comparison]
    const op = this.#random.pick(ops)
    const bool = comparison.includes(op) && this.#random.chance(0.4) ? " bool" : ""
    const sides: Part[] = [this.#vector(depth), ` ${op}${bool} `, this.#scalar(depth)]
    return vector("(", ...(this.#random.chance(0.6) ? sides : sides.reverse()), ")")
  }

  #between(depth: number): Term {
    const [left, right] = [this.#vector(depth), this.#vector(this.#random.integer(depth + 1))]
    if (this.#random.chance(0.3)) return vector("(", left, ` ${this.#random.pick(sets)}${this.#match()} `, right, ")")
    const op = this.#random.pick([...this.#arithmetic, ...comparison])
    const bool = comparison.includes(op) && this.#random.chance(0.4) ? " bool" : ""
    const match = this.#match()
    const group =
      match === "" || this.#random.chance(0.4)
        ? ""
        : this.#random.pick([" group_left", " group_right", " group_left(b)"])
    const fill =
      this.#words.newer && group === "" && this.#random.chance(0.1)
        ? ` ${this.#random.pick(["fill(0)", "fill_left(1)", "fill_right(2)"])}`
        : ""
    return vector("(", left, ` ${op}${bool}${match}${group}${fill} `, right, ")")
  }

  #match(): string {
    return this.#random.chance(0.5)
      ? ""
      : this.#random.pick([" on(a)", " on(a, b)", " ignoring(b)", " on(b)", " ignoring(a)", " on()"])
  }

  #histogram(depth: number): Term {
    const { classic, native, newer } = this.#words
    const buckets = this.#random.pick(classic)
    const input = this.#random.pick<() => Term>([
      () => vector(buckets),
      () => vector(`rate(${buckets}[${this.#duration()}])`),
      () => vector(`sum by (le${this.#random.pick(["", ", a"])}) (rate(${buckets}[5m]))`),
      () =>
        native.length === 0
          ? this.#vector(depth)
          : vector(
              `${this.#random.pick(["sum(rate", "(rate", "(increase"])}(${this.#random.pick(native)}[${this.#duration()}]))`,
            ),
      () => (native.length === 0 ? this.#vector(depth) : vector(this.#random.pick(native))),
    ])()
    if (!newer || this.#random.chance(0.6))
      return vector("histogram_quantile(", this.#quantile(depth), ", ", input, ")")
    return vector("histogram_fraction(", this.#scalar(0), ", ", this.#scalar(0), ", ", input, ")")
  }

  #relabelled(depth: number): Term {
    return this.#random.pick([
      () =>
        vector(
          "label_replace(",
          this.#vector(depth),
          `, "${this.#random.pick(["a", "b", "c"])}", "$1", "${this.#random.pick(["a", "b", "le"])}", "(.*)")`,
        ),
      () => vector("label_join(", this.#vector(depth), `, "${this.#random.pick(["a", "c"])}", "-", "a", "b")`),
    ])()
  }
}
