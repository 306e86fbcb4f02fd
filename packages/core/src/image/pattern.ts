import { RE2JS } from "re2js"

/** A user's pattern, compiled to run in linear time (RE2): a tag list is foreign input and so is the pattern. */
export interface Pattern {
  readonly test: (text: string) => boolean
  /** Value of a named group, undefined when the text does not match. */
  readonly group: (text: string, name: string) => string | undefined
  readonly groups: ReadonlySet<string>
}

function compile(source: string, find: boolean): Pattern {
  const compiled = RE2JS.compile(source)
  const groups = new Set(Object.keys(compiled.namedGroups()))
  const matcher = (text: string): ReturnType<RE2JS["matcher"]> | undefined => {
    const candidate = compiled.matcher(text)
    return (find ? candidate.find() : candidate.matches()) ? candidate : undefined
  }
  return {
    groups,
    test: (text) => matcher(text) !== undefined,
    group: (text, name) => (groups.has(name) ? (matcher(text)?.group(name) ?? undefined) : undefined),
  }
}

/** An RE2 expression, searched for anywhere in the text unless it is anchored. Throws SyntaxError when it is not one. */
export function regexpPattern(source: string): Pattern {
  try {
    return compile(source, true)
  } catch (error) {
    throw new SyntaxError(error instanceof Error ? error.message : String(error), { cause: error })
  }
}

/** A glob over the whole text: `*` any run, `?` any one character, all else literal. */
export function globPattern(glob: string): Pattern {
  const source = glob.split(/([*?])/).map((part) => {
    if (part === "*") return ".*"
    return part === "?" ? "." : RE2JS.quote(part)
  })
  return compile(`(?s)${source.join("")}`, false)
}
