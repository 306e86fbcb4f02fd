import { describe, expect, it } from "vitest"
import { SerinError } from "../errors.ts"
import { after, done, failed, ManualClock, WorkQueue, type Outcome } from "./index.ts"

function harness(outcomes: (key: string, run: number) => Outcome | Promise<Outcome>) {
  const clock = new ManualClock()
  const start = clock.now()
  const runs: { key: string; at: number }[] = []
  const failures: string[] = []
  const logged: string[] = []
  const queue = new WorkQueue({
    name: "test",
    clock,
    log: (message) => logged.push(message),
    random: () => 0,
    reconcile: async (key) => {
      runs.push({ key, at: clock.now() - start })
      return outcomes(key, runs.filter((run) => run.key === key).length)
    },
    onFailure: (_key, error, count) => failures.push(`${error.code} ${count}`),
  })
  return { clock, queue, runs, failures, logged, times: () => runs.map((run) => run.at) }
}

const unreachable = new SerinError("GIT_UNREACHABLE", "no route")

describe("WorkQueue", () => {
  it("runs a key once however often it was added before it began", async () => {
    const gate = new Gate()
    const { clock, queue, runs } = harness(async (key) => {
      if (key.startsWith("busy")) await gate.opened
      return done
    })
    for (const busy of ["busy1", "busy2", "busy3", "busy4"]) queue.add(busy)
    queue.add("a")
    queue.add("a")
    queue.add("a")
    gate.open()
    await clock.advance(0)
    expect(runs.filter((run) => run.key === "a")).toHaveLength(1)
  })

  it("never runs one key twice at once, and runs it again when it was added meanwhile", async () => {
    let running = 0
    let most = 0
    const gates = [new Gate(), new Gate()]
    const { clock, queue, runs } = harness(async (_key, run) => {
      most = Math.max(most, (running += 1))
      await gates[run - 1]?.opened
      running -= 1
      return done
    })
    queue.add("a")
    await clock.advance(0)
    queue.add("a")
    queue.add("a")
    await clock.advance(0)
    expect(runs).toHaveLength(1)
    gates[0]?.open()
    await clock.advance(0)
    expect(runs).toHaveLength(2)
    gates[1]?.open()
    await clock.advance(0)
    expect(runs).toHaveLength(2)
    expect(most).toBe(1)
  })

  it("comes back after the time asked for, or earlier on an event", async () => {
    const { clock, queue, times } = harness((_key, run) => (run < 3 ? after(1000) : done))
    queue.add("a")
    await clock.advance(1000)
    expect(times()).toEqual([0, 1000])
    await clock.advance(300)
    queue.add("a")
    await clock.advance(60_000)
    expect(times()).toEqual([0, 1000, 1300])
  })

  it("backs off per key, doubling, and forgets the failures after a success", async () => {
    const { clock, queue, times, failures } = harness((_key, run) => (run === 4 ? done : failed(unreachable)))
    queue.add("a")
    await clock.advance(10_000)
    expect(times()).toEqual([0, 250, 750, 1750])
    expect(failures).toEqual(["GIT_UNREACHABLE 1", "GIT_UNREACHABLE 2", "GIT_UNREACHABLE 3"])
    queue.add("a")
    await clock.advance(0)
    expect(failures.at(-1)).toBe("GIT_UNREACHABLE 1")
    await queue.close()
  })

  it("waits as long as the other side asked for", async () => {
    const throttled = new SerinError("KUBE_THROTTLED", "slow down", { retryAfterMs: 7000 })
    const { clock, queue, times } = harness((_key, run) => (run === 1 ? failed(throttled) : done))
    queue.add("a")
    await clock.advance(10_000)
    expect(times()).toEqual([0, 7000])
  })

  it("does not repeat what only a person can mend, until an event comes", async () => {
    const { clock, queue, times } = harness(() => failed(new SerinError("SYNC_INVALID", "line 3")))
    queue.add("a")
    await clock.advance(3_600_000)
    expect(times()).toEqual([0])
    queue.add("a")
    await clock.advance(0)
    expect(times()).toEqual([0, 3_600_000])
  })

  it("repeats a lost race at once, but not for ever", async () => {
    const { clock, queue, times } = harness(() => failed(new SerinError("KUBE_CONFLICT", "lost")))
    queue.add("a")
    await clock.advance(250)
    expect(times().slice(0, 6)).toEqual([0, 0, 0, 0, 0, 0])
    expect(times().length).toBeLessThan(8)
    await queue.close()
  })

  it("lets a defect in one key neither end the process nor the other keys", async () => {
    const { clock, queue, failures, logged, runs } = harness((key) => {
      if (key === "bad") throw new TypeError("undefined is not a function")
      return done
    })
    queue.add("bad")
    queue.add("good")
    await clock.advance(0)
    expect(failures).toEqual(["INTERNAL 1"])
    expect(logged).toContain("reconcile threw")
    expect(runs.map((run) => run.key)).toEqual(["bad", "good"])
    await queue.close()
  })

  it("closes when the running reconcile has returned, and runs nothing afterwards", async () => {
    const clock = new ManualClock()
    let aborted = false
    let runs = 0
    const queue = new WorkQueue({
      name: "test",
      clock,
      log: () => {},
      reconcile: async (_key, signal) => {
        runs += 1
        await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }))
        aborted = true
        return after(0)
      },
    })
    queue.add("a")
    queue.add("a")
    await queue.close()
    queue.add("a")
    await clock.advance(60_000)
    expect({ aborted, runs }).toEqual({ aborted: true, runs: 1 })
    expect(clock.pending.count).toBe(0)
  })
})

class Gate {
  open: () => void = () => {}
  readonly opened = new Promise<void>((resolve) => {
    this.open = resolve
  })
}
