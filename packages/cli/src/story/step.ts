import type { Tool } from "./observation.ts"
import type { Stage } from "./stage.ts"

/** One step of the story: what a person does, and what must be seen from outside the agent afterwards. */
export interface Step {
  readonly title: string
  /** Tools without which the step cannot be played; then it is skipped and says so. */
  readonly needs?: readonly Tool[]
  /** Resolves when everything was observed; rejects with `NotObserved` otherwise. */
  play(stage: Stage): Promise<void>
}
