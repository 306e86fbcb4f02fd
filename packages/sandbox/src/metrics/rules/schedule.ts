import { createHash } from "node:crypto"
import { GroupState, type RuleWorld } from "./group.ts"
import type { RuleGroup } from "./rule.ts"

/** Rules that are evaluated, each group at its interval. */
export interface RuleRunner {
  readonly groups: readonly GroupState[]
  close(): void
}

/** As in Prometheus, what was before is asked for after the second evaluation: targets may not have been scraped at the first. */
const evaluationsBeforeRestore = 2

/** Evaluates each group from its next time on, until closed. */
export function startRules(groups: readonly RuleGroup[], world: RuleWorld): RuleRunner {
  const running = groups.map((group) => run(new GroupState(group, world), world.now))
  return {
    groups: running.map(({ state }) => state),
    close: () => {
      for (const { stop } of running) stop()
    },
  }
}

function run(state: GroupState, now: () => number): { state: GroupState; stop: () => void } {
  let timer: NodeJS.Timeout
  let evaluations = 0
  // A timer may be early by the clock: the time that it was for does not come again.
  const schedule = (last: number): void => {
    const time = nextTime(state.group, Math.max(now(), last))
    timer = setTimeout(() => {
      state.evaluate(time)
      evaluations += 1
      if (evaluations === evaluationsBeforeRestore) state.restore(now())
      schedule(time)
    }, time - now())
  }
  schedule(Number.NEGATIVE_INFINITY)
  return { state, stop: () => clearTimeout(timer) }
}

/**
 * The first of a group's times that comes after now: multiples of its interval, and a part of it which its name decides, so that
 * not all groups are evaluated at once, and each at the same times after a restart.
 */
export function nextTime({ file, name, interval }: RuleGroup, now: number): number {
  const part = createHash("md5").update(`${file};${name}`).digest().readUInt32BE() % interval
  return Math.floor((now - part) / interval) * interval + part + interval
}
