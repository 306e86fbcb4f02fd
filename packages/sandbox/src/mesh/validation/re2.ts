/**
 * What Go's regexp package says of a pattern that is none of RE2's: `missing closing ]: \`[a\``. Undefined: nothing that can
 * be seen from its syntax. It looks for what people write and JavaScript reads differently, and for what does not end.
 */
export function re2Error(pattern: string): string | undefined {
  let open = 0
  /** Where the last repetition operator begins, if nothing else has followed it. */
  let repeated = -1
  /** There is something that could be repeated. */
  let repeatable = false
  for (let i = 0; i < pattern.length; i++) {
    const rest = pattern.slice(i)
    const character = pattern[i] ?? ""
    const operator = /^(?:[*+?]\??|\{\d+(?:,\d*)?\}\??)/.exec(rest)?.[0]
    if (operator !== undefined) {
      if (repeated >= 0) return say("invalid nested repetition operator", pattern.slice(repeated, i + operator.length))
      if (!repeatable) return say("missing argument to repetition operator", operator)
      repeated = i
      i += operator.length - 1
      continue
    }
    repeated = -1
    repeatable = true
    if (character === "\\") {
      const escape = /^\\(?:[pP]\{\^?\w+\}|x\{[0-9a-f]+\}|x[0-9a-f]{2}|Q.*?(?:\\E|$)|.)/is.exec(rest)?.[0]
      if (escape === undefined) return say("trailing backslash at end of expression", "")
      if (/^\\[1-9cehijklmoquyGHIJKLMNORTUVXYZEgF]$/.test(escape)) return say("invalid escape sequence", escape)
      i += escape.length - 1
    } else if (character === "[") {
      const set = /^\[\^?\]?(?:\[:\^?\w+:\]|\\.|[^\]\\])*\]/s.exec(rest)?.[0]
      if (set === undefined) return say("missing closing ]", rest)
      const reversed = [...set.matchAll(/([a-zA-Z0-9])-([a-zA-Z0-9])/g)].find(([, from = "", to = ""]) => from > to)
      if (reversed) return say("invalid character class range", reversed[0])
      i += set.length - 1
    } else if (character === "(") {
      const group = /^\((?:\?(?:P?<\w+>|[imsU]*(?:-[imsU]+)?[:)]))?/.exec(rest)?.[0] ?? "("
      if (group === "(" && rest.startsWith("(?")) {
        return say("invalid or unsupported Perl syntax", /^\(\?(?:<[=!]|.)?/.exec(rest)?.[0] ?? "(?")
      }
      i += group.length - 1
      if (group.endsWith(")")) continue
      open++
      repeatable = false
    } else if (character === ")") {
      if (--open < 0) return say("unexpected )", pattern)
    } else if (character === "|") repeatable = false
  }
  return open > 0 ? say("missing closing )", pattern) : undefined
}

const say = (what: string, where: string): string => `error parsing regexp: ${what}: \`${where}\``
