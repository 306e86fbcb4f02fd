import { BuildError } from "../build-error.ts"

/** One instruction of a Dockerfile, with its continuation lines joined. */
export interface Instruction {
  /** Upper case. */
  readonly keyword: string
  /** `--name=value` and `--name` in front of the arguments. */
  readonly flags: ReadonlyMap<string, string>
  /** The text after keyword and flags. */
  readonly text: string
  /** Where it begins, from 1. */
  readonly line: number
}

/**
 * Splits a Dockerfile into instructions (Dockerfile reference, "Format"): comments, the `escape` directive, continuation
 * lines, empty lines within them. Throws `BuildError` for what is no instruction, and for heredocs.
 */
export function parseInstructions(dockerfile: string): Instruction[] {
  const lines = dockerfile.replace(/^\uFEFF/, "").split(/\r?\n/)
  const escape = escapeOf(lines)
  const continued = escape === "`" ? /`[ \t]*$/ : /\\[ \t]*$/
  const instructions: Instruction[] = []
  let pending: { text: string; line: number } | undefined
  for (const [index, line] of lines.entries()) {
    // Comments vanish, also between continuation lines; so do empty lines there.
    if (/^\s*#/.test(line) || line.trim() === "") continue
    pending ??= { text: "", line: index + 1 }
    pending.text += line.replace(continued, "")
    if (continued.test(line)) continue
    instructions.push(parseInstruction(pending.text, pending.line))
    pending = undefined
  }
  if (pending) instructions.push(parseInstruction(pending.text, pending.line))
  return instructions
}

/** Directives stand before everything else, each at most once. */
function escapeOf(lines: readonly string[]): string {
  for (const line of lines) {
    const [, name, value] = /^#\s*([a-zA-Z]+)\s*=\s*(\S+)\s*$/.exec(line) ?? []
    if (name === undefined) break
    if (name.toLowerCase() === "escape" && value !== undefined) return value
  }
  return "\\"
}

function parseInstruction(text: string, line: number): Instruction {
  const [, keyword, rest = ""] = /^\s*([a-zA-Z]+)(?:\s+(.*))?$/s.exec(text) ?? []
  if (keyword === undefined) {
    throw new BuildError(
      `"${text.trim()}" is no instruction`,
      "Begin the line with an instruction such as COPY, or end the line before with a backslash.",
      line,
    )
  }
  const { flags, rest: remaining } = takeFlags(rest)
  if (/(^|\s)<<-?["']?[A-Za-z_]/.test(remaining) && ["RUN", "COPY", "ADD"].includes(keyword.toUpperCase())) {
    throw new BuildError(
      "heredocs are not understood here",
      "Put the text into a file of the repository and COPY it.",
      line,
    )
  }
  return { keyword: keyword.toUpperCase(), flags, text: remaining.trim(), line }
}

function takeFlags(text: string): { flags: Map<string, string>; rest: string } {
  const flags = new Map<string, string>()
  let rest = text
  for (;;) {
    const [whole, name, value = ""] = /^\s*--([a-z-]+)(?:=(\S*))?(?=\s|$)/.exec(rest) ?? []
    if (whole === undefined || name === undefined) return { flags, rest }
    flags.set(name, value)
    rest = rest.slice(whole.length)
  }
}
