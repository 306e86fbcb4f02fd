import { setTimeout as pause } from "node:timers/promises"
import type { Stage } from "../../../packages/cli/src/story/stage.ts"
import type { Step } from "../../../packages/cli/src/story/step.ts"
import type { TestWorld } from "../world.ts"

/** Processes of the embedded world: `world` has API server, git host, registry, builder, Prometheus and Slack inbox. */
export type Part = "agent" | "node" | "world"

/** A part that stands still while a step looks for what only that part can bring about. */
export interface Standstill {
  readonly step: Step
  readonly part: Part
  /** What the step waits for, or the command that it runs, at whose beginning the part is stopped. Absent: the step's beginning. */
  readonly from?: string
  /** What must not be observed while the part stands still, and must be once it goes on. */
  readonly observation: string
  /** Longer than the observation takes in a whole world, shorter than the step's patience. */
  readonly holdMs: number
  /** What else is broken, by a user's means. */
  readonly also?: (stage: Stage) => Promise<unknown>
}

/** Plays a step with a part standing still; rejects when the step does not notice, or does not recover. */
export async function playAtStandstill(standstill: Standstill, world: TestWorld): Promise<void> {
  const { step, part, from, observation, holdMs, also } = standstill
  const { stage } = world
  let stopped: number | undefined
  let held = false
  const stop = async (): Promise<void> => {
    stopped ??= await pidOf(part, world)
    process.kill(stopped, "SIGSTOP")
    await also?.(stage)
  }
  const goOn = (): void => {
    if (stopped !== undefined) process.kill(stopped, "SIGCONT")
    stopped = undefined
  }
  const around = async <T>(what: string, look: () => Promise<T>): Promise<T> => {
    if (from !== undefined && what.includes(from) && stopped === undefined && !held) await stop()
    if (!what.includes(observation) || held) return look()
    held = true
    const looking = look()
    const first = await Promise.race([looking.then(() => "seen"), pause(holdMs, "not seen")])
    goOn()
    if (first === "seen") throw new Error(`"${what}" was observed though the ${part} stood still`)
    return looking
  }
  const whole = wrap(stage, around)
  try {
    if (from === undefined) await stop()
    await step.play(stage)
  } finally {
    goOn()
    whole()
  }
  if (!held) throw new Error(`${step.title} never looked for "${observation}"`)
}

/** Puts `around` about all that a step waits for and runs. Answers how to take it off. */
function wrap(stage: Stage, around: <T>(what: string, look: () => Promise<T>) => Promise<T>): () => void {
  const until = stage.until.bind(stage)
  const run = stage.run.bind(stage)
  stage.until = (what, ...rest) => around(what, () => until(what, ...rest))
  stage.run = (command, args, options) => around([command, ...args].join(" "), () => run(command, args, options))
  return () => {
    stage.until = until
    stage.run = run
  }
}

/** The agent may be about to start: it begins with the step that installs it. */
async function pidOf(part: Part, world: TestWorld): Promise<number> {
  const deadline = Date.now() + 15_000
  while (Date.now() < deadline) {
    const pid = part === "world" ? world.pid : part === "agent" ? await world.agentPid() : await world.nodePid()
    if (pid !== undefined) return pid
    await pause(5)
  }
  throw new Error(`the process of the ${part} does not run`)
}
