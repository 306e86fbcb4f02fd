/** A `WWW-Authenticate` challenge (RFC 9110, 11.6.1), as registries send it. */
export interface Challenge {
  /** Lower case: `basic`, `bearer`. */
  readonly scheme: string
  /** Names in lower case. */
  readonly parameters: Readonly<Record<string, string>>
}

/** Reads the first challenge; quoted values may hold commas, as in `scope="repository:app:pull,push"`. */
export function parseChallenge(header: string): Challenge | undefined {
  const [, scheme, rest = ""] = /^\s*([\w-]+)\s*(.*)$/s.exec(header) ?? []
  if (scheme === undefined) return undefined
  const parameters: Record<string, string> = {}
  for (const [, name = "", quoted, bare] of rest.matchAll(/([\w-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,]+))/g)) {
    parameters[name.toLowerCase()] = quoted?.replace(/\\(.)/g, "$1") ?? bare ?? ""
  }
  return { scheme: scheme.toLowerCase(), parameters }
}
