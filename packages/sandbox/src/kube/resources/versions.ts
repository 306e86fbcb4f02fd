/**
 * The order of Kubernetes versions: GA over beta over alpha, then by number, anything else last and by text; positive
 * when `a` has the higher priority.
 */
export function compareVersions(a: string, b: string): number {
  const left = parsed(a)
  const right = parsed(b)
  if (left === undefined || right === undefined) {
    if (left === undefined && right === undefined) return a < b ? 1 : a > b ? -1 : 0
    return left === undefined ? -1 : 1
  }
  return left.stability - right.stability || left.major - right.major || left.minor - right.minor
}

function parsed(version: string): { stability: number; major: number; minor: number } | undefined {
  const match = /^v(\d+)(?:(alpha|beta)(\d+))?$/.exec(version)
  if (match === null) return undefined
  const stability = match[2] === undefined ? 2 : match[2] === "beta" ? 1 : 0
  return { stability, major: Number(match[1]), minor: Number(match[3] ?? 0) }
}
