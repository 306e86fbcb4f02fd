import type { BinaryOperator, Matching } from "./ast.ts"
import type { Cursor } from "./cursor.ts"
import { labelList } from "./label-lists.ts"
import { signedLiteral } from "./literal.ts"

const setOperators = new Set(["and", "or", "unless"])

/** What stands between a binary operator and its right side: `bool on (a) group_left (b) fill (0)`. */
export function binaryModifiers(cursor: Cursor, op: BinaryOperator): { bool: boolean; matching: Matching } {
  const bool = cursor.takeWord("keyword", ["bool"]) !== undefined
  const pairs = pairing(cursor, op)
  return { bool, matching: { ...pairs, fill: fills(cursor) } }
}

function pairing(cursor: Cursor, op: BinaryOperator): Omit<Matching, "fill"> {
  const card = setOperators.has(op) ? "many-to-many" : "one-to-one"
  const keyword = cursor.takeWord("keyword", ["on", "ignoring"])
  if (keyword === undefined) return { card, on: false, labels: [], include: [] }
  const on = keyword.text.toLowerCase() === "on"
  const labels = labelList(cursor)
  const group = cursor.takeWord("keyword", ["group_left", "group_right"])
  if (group === undefined) return { card, on, labels, include: [] }
  // At the end of a query, Prometheus misses the labels first.
  const include = cursor.at("(") || cursor.peek().kind === "end" ? labelList(cursor) : []
  return { card: group.text.toLowerCase() === "group_left" ? "many-to-one" : "one-to-many", on, labels, include }
}

/** `fill`, or `fill_left` and `fill_right` in either order. */
function fills(cursor: Cursor): Matching["fill"] {
  const both = cursor.takeWord("keyword", ["fill"])
  if (both !== undefined) {
    const value = fillValue(cursor)
    return { left: value, right: value }
  }
  const first = cursor.takeWord("keyword", ["fill_left", "fill_right"])?.text.toLowerCase()
  if (first === undefined) return {}
  const value = fillValue(cursor)
  const other = cursor.takeWord("keyword", [first === "fill_left" ? "fill_right" : "fill_left"])
  const otherValue = other === undefined ? {} : fillValue(cursor)
  if (typeof otherValue !== "number") return first === "fill_left" ? { left: value } : { right: value }
  return first === "fill_left" ? { left: value, right: otherValue } : { left: otherValue, right: value }
}

function fillValue(cursor: Cursor): number {
  cursor.expect("(")
  const value = signedLiteral(cursor) ?? cursor.unexpected(cursor.peek())
  cursor.expect(")")
  return value
}
