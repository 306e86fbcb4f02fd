import type { FloatHistogram } from "../histogram/float-histogram.ts"
import type { Labels } from "../labels.ts"

/** A value that a script writes down; undefined where it writes `_`. */
export type Point = { readonly value: number | "stale" | FloatHistogram; readonly hintGiven?: boolean } | undefined

/** `metric{label="value"} 1 2+3x4 _`. */
export interface Series {
  readonly labels: Labels
  readonly points: readonly Point[]
}

export interface Clear {
  readonly kind: "clear"
}

/** The points of each series, the first at time 0, one each `interval` (milliseconds). */
export interface Load {
  readonly kind: "load"
  readonly line: number
  readonly interval: number
  readonly series: readonly Series[]
  /** Classic histograms are loaded as native ones with custom buckets as well. */
  readonly withNative: boolean
}

/** Times in milliseconds. */
export interface Times {
  readonly start: number
  readonly end: number
  readonly step: number
}

/** What an error or an annotation must say. */
export interface Wording {
  readonly text: string
  matches(actual: string): boolean
}

export interface Expectations {
  /** Absent: the query must succeed. Two of them where an older script has one of each kind. */
  readonly fail?: readonly Wording[]
  readonly warn: readonly Wording[]
  readonly info: readonly Wording[]
  readonly noWarn: boolean
  readonly noInfo: boolean
  readonly ordered: boolean
  /** A scalar is expected. */
  readonly scalar?: number
  readonly text?: string
  readonly series: readonly Series[]
  /** Where the samples of a range vector are, which an instant query answers. */
  readonly rangeVector?: Times
}

export interface Eval {
  readonly kind: "eval"
  readonly line: number
  /** The command as it stands in the script. */
  readonly source: string
  readonly query: string
  readonly at: number | Times
  readonly expected: Expectations
}

export type Command = Clear | Load | Eval

/** The script is none, or cannot be carried out: `line` counts from 1. */
export class ScriptError extends Error {
  override readonly name = "ScriptError"
  readonly line: number
  constructor(line: number, reason: string) {
    super(`line ${String(line)}: ${reason}`)
    this.line = line
  }
}
