/** Whether a path as it was sent (RFC 3986, 3.3) leads above the root by its dot segments, written out or encoded. */
export function climbsAboveRoot(target: string): boolean {
  let depth = 0
  for (const segment of target
    .replace(/[?#].*$/, "")
    .split("/")
    .slice(1)) {
    const name = segment.replace(/%2e/gi, ".")
    if (name === "..") depth -= 1
    else if (name !== "." && name !== "") depth += 1
    if (depth < 0) return true
  }
  return false
}
