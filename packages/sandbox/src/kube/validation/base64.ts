const ALPHABET = /[A-Za-z0-9+/]/

/**
 * Where a text stops being base64 (RFC 4648 with padding; line breaks are allowed), counted as Go's decoder counts;
 * undefined if it is base64.
 */
export function base64Problem(text: string): number | undefined {
  // Digits of the present group of four.
  let digits = 0
  for (let at = 0; at < text.length; at += 1) {
    const character = text.charAt(at)
    if (character === "\n" || character === "\r") continue
    if (ALPHABET.test(character)) digits = (digits + 1) % 4
    else return character === "=" && digits >= 2 ? paddingProblem(text, at, digits) : at
  }
  return digits === 0 ? undefined : text.length - digits
}

/** `at` is the first `=`: two after two digits, one after three, and nothing more. */
function paddingProblem(text: string, at: number, digits: number): number | undefined {
  let next = afterBreaks(text, at + 1)
  if (digits === 2) {
    if (next === text.length) return text.length
    if (text[next] !== "=") return next - 1
    next = afterBreaks(text, next + 1)
  }
  return next < text.length ? next : undefined
}

function afterBreaks(text: string, at: number): number {
  let next = at
  while (text[next] === "\n" || text[next] === "\r") next += 1
  return next
}
