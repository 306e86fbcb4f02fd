import { searched } from "../regexp/regexp.ts"
import type { Expectations, Wording } from "./script.ts"

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] }

/** Expectations while their lines are read. */
export type Draft = Mutable<Omit<Expectations, "warn" | "info" | "series">> & {
  warn: Wording[]
  info: Wording[]
  series: Expectations["series"][number][]
}

export const nothingExpected = (): Draft => ({
  warn: [],
  info: [],
  noWarn: false,
  noInfo: false,
  ordered: false,
  series: [],
})

export const anyWords: Wording = { text: "anything", matches: () => true }
export const exactly = (text: string): Wording => ({ text, matches: (actual) => actual === text })

export function matching(pattern: string): Wording {
  const regexp = searched(pattern)
  return { text: `/${pattern}/`, matches: (actual) => regexp.test(actual) }
}

/** `expect fail`, `expect warn msg: …`, `expect info regex: …`, `expect no_warn`, `expect ordered`. Throws Error. */
export function addExpectation(draft: Draft, line: string): void {
  const match = /^expect\s+(ordered|fail|warn|no_warn|info|no_info)(?:\s+(msg|regex):(.+))?$/.exec(line)
  if (!match) {
    throw new Error(
      "an expectation is `expect fail|warn|info [msg:|regex: …]`, `expect no_warn|no_info|ordered`, `expect string` or `expect range vector`",
    )
  }
  const [, kind, how, words = ""] = match
  const wording = how === undefined ? anyWords : how === "msg" ? exactly(words.trim()) : matching(words.trim())
  switch (kind) {
    case "fail":
      if (draft.fail !== undefined) throw new Error("one evaluation fails once: there is an `expect fail` already")
      draft.fail = [wording]
      break
    case "warn":
    case "info":
      draft[kind].push(wording)
      break
    case "no_warn":
      draft.noWarn = true
      break
    case "no_info":
      draft.noInfo = true
      break
    default:
      draft.ordered = true
  }
  if (draft.noWarn && draft.warn.length > 0) throw new Error("`expect warn` and `expect no_warn` exclude each other")
  if (draft.noInfo && draft.info.length > 0) throw new Error("`expect info` and `expect no_info` exclude each other")
}
