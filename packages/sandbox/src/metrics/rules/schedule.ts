import { createHash } from "node:crypto"
import { longestTimer } from "../longest-timer.ts"
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
  const evaluateAt = (time: number): void => {
    timer = setTimeout(
      () => {
        // A timer may be early, and none is as long as a rule's interval may be.
        if (now() < time) return evaluateAt(time)
        state.evaluate(time)
        evaluations += 1
        if (evaluations === evaluationsBeforeRestore) state.restore(now())
        evaluateAt(nextTime(state.group, Math.max(now(), time)))
      },
      Math.min(time - now(), longestTimer),
    )
  }
  evaluateAt(nextTime(state.group, now()))
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
