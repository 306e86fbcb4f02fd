/** A label pattern: the whole value must match (Prometheus, "Time series selectors"). Throws SyntaxError. */
export function anchored(pattern: string): RegExp {
  return new RegExp(`^(?:${pattern})$`, "su")
}
