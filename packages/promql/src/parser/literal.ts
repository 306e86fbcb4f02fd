import type { Cursor } from "./cursor.ts"
import { parseDuration } from "./duration.ts"
import { numberOf } from "./number.ts"
import type { Token } from "./token.ts"

/** The value of a number, or of a duration in seconds. */
export function literal(cursor: Cursor, token: Token): { readonly value: number; readonly duration?: true } {
  if (token.kind === "duration") {
    const milliseconds = parseDuration(token.text)
    if (milliseconds === undefined) {
      const shown = JSON.stringify(token.text)
      const fraction = token.text.includes(".")
      return cursor.fail(
        token.offset,
        fraction ? `unknown unit "." in duration ${shown}` : `not a valid duration string: ${shown}`,
      )
    }
    return { value: milliseconds / 1000, duration: true }
  }
  const value = numberOf(token.text)
  if (value === undefined) {
    const shown = JSON.stringify(token.text)
    return cursor.fail(token.offset, `error parsing number: strconv.ParseFloat: parsing ${shown}: invalid syntax`)
  }
  if (!Number.isFinite(value) && /^[\d.]/.test(token.text)) {
    const shown = JSON.stringify(token.text)
    return cursor.fail(token.offset, `error parsing number: strconv.ParseFloat: parsing ${shown}: value out of range`)
  }
  return { value }
}

/** A number or duration with or without a sign; undefined if none begins here. */
export function signedLiteral(cursor: Cursor): number | undefined {
  const sign = cursor.takeWord("operator", ["-", "+"])
  const token = cursor.peek()
  if (token.kind !== "number" && token.kind !== "duration") return undefined
  const { value } = literal(cursor, cursor.next())
  return sign?.text === "-" ? -value : value
}
