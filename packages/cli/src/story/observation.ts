/** Programs that a step may need. */
export type Tool = "kubectl" | "ssh"

/** What should be true is not: the reason a person reads behind the ✗. */
export class NotObserved extends Error {
  override readonly name = "NotObserved"
}

/** States an observation; a false one ends the step. */
export function observe(holds: boolean, what: string): asserts holds {
  if (!holds) throw new NotObserved(what)
}
