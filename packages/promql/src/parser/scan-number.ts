const decimalDigits = /[0-9]*/y
const hexDigits = /[0-9a-fA-F]*/y
const alphanumeric = /[a-zA-Z0-9_]/
/** Units fall nowhere in order here: that is told apart when the duration is read. */
const restOfDuration = /[smhdwy]s?(?:[0-9]+[smhdw]s?)*/y

type Scanned = { readonly kind: "number" | "duration"; readonly text: string } | { readonly wrong: string }

/** The number or duration that begins at `start`, or what is wrong with it, in Prometheus' words. */
export function scanNumber(query: string, start: number): Scanned {
  const number = scan(query, start)
  if (number.whole && !alphanumeric.test(query.charAt(number.end)))
    return { kind: "number", text: query.slice(start, number.end) }
  restOfDuration.lastIndex = number.end
  const units = restOfDuration.exec(query)?.[0] ?? ""
  const end = number.end + units.length
  if (units !== "" && !alphanumeric.test(query.charAt(end))) return { kind: "duration", text: query.slice(start, end) }
  // Behind a duration, Prometheus has read digits without a unit, or one character more, when it notices.
  decimalDigits.lastIndex = end
  const more = units === "" ? 0 : Math.max(1, decimalDigits.exec(query)?.[0].length ?? 0)
  return { wrong: `bad number or duration syntax: ${JSON.stringify(query.slice(start, end + more))}` }
}

/** How far a number goes, and whether it may end there. Fractions of hexadecimal numbers do not exist. */
function scan(query: string, start: number): { readonly end: number; readonly whole: boolean } {
  let at = start
  const hexadecimal = /[xX]/.test(query.charAt(at + 1)) && query.charAt(at) === "0"
  if (hexadecimal) at += query.charAt(at + 2) === "_" ? 3 : 2
  const digits = hexadecimal ? hexDigits : decimalDigits
  const skipDigits = (): void => {
    digits.lastIndex = at
    at += digits.exec(query)?.[0].length ?? 0
  }
  let dots = 0
  let exponents = 0
  for (;;) {
    skipDigits()
    const char = query.charAt(at)
    if (char === ".") {
      at += 1
      dots += 1
      if (dots > 1) return { end: at, whole: false }
      if (/[_.]/.test(query.charAt(at))) return { end: at + 1, whole: false }
      if (hexadecimal) return { end: at, whole: false }
    } else if (/[eE]/.test(char)) {
      at += 1
      exponents += 1
      if (exponents > 1) return { end: at, whole: false }
      if (/[+-]/.test(query.charAt(at))) at += 1
      if (/[._eE]/.test(query.charAt(at))) return { end: at + 1, whole: false }
      if (at >= query.length) return { end: at, whole: false }
    } else if (char === "_") {
      at += 1
      if (/[._eE]/.test(query.charAt(at))) return { end: at + 1, whole: false }
      if (at >= query.length) return { end: at, whole: false }
    } else return { end: at, whole: true }
  }
}
