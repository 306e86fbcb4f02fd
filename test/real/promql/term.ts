/** A part of a random query that has a type of its own. */
export interface Term {
  readonly type: "scalar" | "vector" | "range"
  readonly parts: readonly (string | Term)[]
}

export const textOf = (term: Term): string =>
  term.parts.map((part) => (typeof part === "string" ? part : textOf(part))).join("")

/** Terms that are simpler by one replacement: a part by a part of it of the same type, or by the simplest of its type. */
export function* simpler(term: Term): Generator<Term> {
  const text = textOf(term)
  for (const inner of within(term)) if (inner.type === term.type && inner !== term) yield inner
  const simplest = simplestOf(term)
  if (simplest !== undefined && simplest.length < text.length) yield { type: term.type, parts: [simplest] }
  for (const [index, part] of term.parts.entries()) {
    if (typeof part === "string") continue
    for (const replaced of simpler(part))
      yield { type: term.type, parts: [...term.parts.slice(0, index), replaced, ...term.parts.slice(index + 1)] }
  }
}

/** All terms within, itself first. */
function* within(term: Term): Generator<Term> {
  yield term
  for (const part of term.parts) if (typeof part !== "string") yield* within(part)
}

const simplestOf = ({ type, parts }: Term): string | undefined =>
  parts.length === 1 ? undefined : type === "scalar" ? "1" : type === "vector" ? "vector(1)" : undefined
