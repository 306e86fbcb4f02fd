import type { Stage } from "./stage.ts"
import { NotObserved } from "./observation.ts"
import type { Step } from "./step.ts"

export type Result = "seen" | "not seen" | "skipped"

export interface Playing {
  readonly steps: readonly Step[]
  readonly stage: Stage
  readonly show: (line: string) => void
  /** Milliseconds between steps, for watching. */
  readonly pace: number
  /** Called before each step; tests break a part here and expect a ✗. */
  readonly before?: (index: number) => Promise<void>
}

/** Plays step after step and says of each what was done and what was observed. A step that fails does not stop the rest. */
export async function play({ steps, stage, show, pace, before }: Playing): Promise<readonly Result[]> {
  const results: Result[] = []
  for (const [index, step] of steps.entries()) {
    const title = `${String(index + 1).padStart(2)}. ${step.title}`
    const missing = (step.needs ?? []).filter((tool) => !stage.tools.has(tool))
    show("")
    show(title)
    if (missing.length > 0) {
      show(`  – skipped: ${missing.join(" and ")} not found on this machine`)
      results.push("skipped")
      continue
    }
    const started = Date.now()
    try {
      await before?.(index)
      await step.play(stage)
      show(`  ✓ ${step.title} (${seconds(started)})`)
      results.push("seen")
    } catch (error) {
      show(
        `  ✗ ${step.title} (${seconds(started)}): ${error instanceof NotObserved ? error.message : String(error instanceof Error ? error.stack : error)}`,
      )
      results.push("not seen")
    }
    if (pace > 0) await new Promise((resolve) => setTimeout(resolve, pace))
  }
  return results
}

const seconds = (since: number): string => `${((Date.now() - since) / 1000).toFixed(1)} s`
