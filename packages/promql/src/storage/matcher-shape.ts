const plain = String.raw`(?:[^\\^$.*+?()[\]{}|]|\\[\\^$.*+?()[\]{}|/-])*`
const literals = new RegExp(`^(?:${plain})(?:\\|${plain})*$`, "u")
const group = /^\((?:\?:)?([^()]*)\)$/
const prefix = new RegExp(`^(${plain})\\.([*+])$`, "u")

/** What a pattern is that is no real one: one of some texts, or a beginning. Most patterns in queries are. */
export type MatcherShape =
  | { readonly kind: "literals"; readonly values: readonly string[] }
  | { readonly kind: "prefix"; readonly prefix: string; /** Characters behind it. */ readonly atLeast: 0 | 1 }

/** Undefined for a pattern that has to be tried on each value. */
export function shapeOf(pattern: string): MatcherShape | undefined {
  const inner = group.exec(pattern)?.[1] ?? pattern
  if (literals.test(inner)) return { kind: "literals", values: alternatives(inner) }
  const found = prefix.exec(pattern)
  if (found?.[1] === undefined) return undefined
  return { kind: "prefix", prefix: unescaped(found[1]), atLeast: found[2] === "+" ? 1 : 0 }
}

/** An escaped bar is none. */
const alternatives = (pattern: string): string[] =>
  (pattern.match(/(?:^|\|)(?:\\[^]|[^\\|])*/g) ?? []).map((piece) => unescaped(piece.replace(/^\|/, "")))

const unescaped = (text: string): string => text.replaceAll(/\\([^])/g, "$1")
