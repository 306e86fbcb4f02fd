/** A place in the query text. Lines and columns count from 1, `offset` counts UTF-16 units from 0. */
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

function positionOf(query: string, offset: number): Position {
  const before = query.slice(0, offset)
  const line = before.split("\n").length
  return { offset, line, column: offset - (before.lastIndexOf("\n") + 1) + 1 }
}
