/** A place in the query text. Lines and columns (in bytes, as Prometheus has them) count from 1, `offset` in UTF-16 units from 0. */
export interface Position {
  readonly offset: number
  readonly line: number
  readonly column: number
}

/** The query does not parse or does not type-check. The message is worded as Prometheus words it: `1:66: parse error: …`. */
export class PromqlParseError extends Error {
  override readonly name = "PromqlParseError"
  readonly position: Position
  /** The sentence without place and prefix. */
  readonly reason: string
  constructor(query: string, offset: number, reason: string) {
    const position = positionOf(query, offset)
    super(`${position.line}:${position.column}: parse error: ${reason}`)
    this.position = position
    this.reason = reason
  }
}

/** Where an offset into a query is for people. */
export function positionOf(query: string, offset: number): Position {
  const before = query.slice(0, offset)
  const line = before.split("\n").length
  return { offset, line, column: new TextEncoder().encode(before.slice(before.lastIndexOf("\n") + 1)).length + 1 }
}
