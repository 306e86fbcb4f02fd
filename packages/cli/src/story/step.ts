import type { Stage } from "./stage.ts"

/** One step of the story: what a person does, and what must be seen from outside the agent afterwards. */
export interface Step {
  readonly title: string
  /** Tools without which the step cannot be played; then it is skipped and says so. */
  readonly needs?: readonly Tool[]
  /** Resolves when everything was observed; rejects with `NotObserved` otherwise. */
  play(stage: Stage): Promise<void>
}

export type Tool = "kubectl" | "ssh"

/** What should be true is not: the reason a person reads behind the ✗. */
export class NotObserved extends Error {
  override readonly name = "NotObserved"
}

/** States an observation; a false one ends the step. */
export function observe(holds: boolean, what: string): asserts holds {
  if (!holds) throw new NotObserved(what)
}
