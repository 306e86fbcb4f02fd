import type { Edit, EditResult, Tree } from "@serin/core"
import { messageOf, SerinError } from "../errors.ts"
import { pause, type Clock, type CrashPoint, type Log } from "../runtime/index.ts"
import { makeCommit, type Identity } from "./commit.ts"
import type { Git } from "./git.ts"
import type { Mirror } from "./mirror.ts"
import { Pace } from "./pace.ts"
import type { Snapshot } from "./tree.ts"
import type { GitWriter, SubmitOptions, SubmitResult } from "./writer-types.ts"

export interface WriterOptions {
  readonly git: Git
  readonly mirror: Mirror
  readonly committer: Identity
  /** Pushes, not commits. Default 6. */
  readonly pushesPerMinute?: number
  readonly clock: Clock
  readonly log: Log
  readonly at: CrashPoint
  /** Asked right before each push; false: the edits fail with NOT_LEADING. Default: always. */
  readonly mayAct?: () => boolean
}

interface Job {
  readonly edit: Edit
  readonly urgent: boolean
  readonly decidedOn: string | undefined
  readonly settle: (result: SubmitResult) => void
}

/** A push that is overtaken this often is given up for now; its edits are decided anew later. */
const maxAttempts = 10

/** Starts the writer of one config repository. `close` lets a push that has begun end, and fails what still waits. */
export function createGitWriter(options: WriterOptions): GitWriter & { close(): Promise<void> } {
  return new MirrorWriter(options)
}

class MirrorWriter implements GitWriter {
  readonly #options: WriterOptions
  readonly #pace: Pace
  readonly #stop = new AbortController()
  #waiting: Job[] = []
  #working: Promise<void> | undefined
  /** Ends the wait for the pace. */
  #hurry: () => void = () => {}

  constructor(options: WriterOptions) {
    this.#options = options
    this.#pace = new Pace(options.pushesPerMinute ?? 6)
  }

  submit(edit: Edit, { urgent = false, decidedOn }: SubmitOptions = {}): Promise<SubmitResult> {
    return new Promise((settle) => {
      if (this.#stop.signal.aborted) return settle(closed)
      this.#waiting.push({ edit, urgent, decidedOn, settle })
      if (urgent) this.#hurry()
      this.#working ??= this.#work().finally(() => {
        this.#working = undefined
      })
    })
  }

  async close(): Promise<void> {
    this.#stop.abort()
    this.#hurry()
    await this.#working
  }

  async #work(): Promise<void> {
    while (this.#waiting.length > 0) {
      await this.#turn()
      const batch = this.#waiting.splice(0)
      if (this.#stop.signal.aborted) for (const job of batch) job.settle(closed)
      else await this.#write(batch.toSorted((a, b) => Number(b.urgent) - Number(a.urgent)))
    }
  }

  /** Waits until the pace allows the next push, or something urgent comes. */
  async #turn(): Promise<void> {
    const { clock } = this.#options
    for (;;) {
      const wait = this.#pace.waitMs(clock.now())
      if (wait <= 0 || this.#stop.signal.aborted || this.#waiting.some((job) => job.urgent)) return
      const hurry = new AbortController()
      this.#hurry = () => hurry.abort()
      await pause(clock, wait, hurry.signal)
      this.#hurry = () => {}
    }
  }

  async #write(batch: readonly Job[]): Promise<void> {
    try {
      const results = await this.#push(batch)
      batch.forEach((job, index) =>
        job.settle(results[index] ?? failed(new SerinError("INTERNAL", "an edit got no result"))),
      )
    } catch (error) {
      const known = error instanceof SerinError ? error : new SerinError("INTERNAL", messageOf(error), { cause: error })
      for (const job of batch) job.settle(failed(known))
    }
  }

  async #push(batch: readonly Job[]): Promise<readonly SubmitResult[]> {
    const { mirror, clock, at, log, mayAct = () => true } = this.#options
    let made: Made | undefined
    let unsure: SerinError | undefined
    for (let attempt = 1; attempt <= maxAttempts; attempt += 1) {
      const fetched = await mirror.fetch()
      if (!fetched.ok) return batch.map(() => failed(unsure ?? fetched.error))
      // A connection that broke in the middle of a push says nothing; the branch does.
      if (made && unsure && (await mirror.contains(fetched.value.head, made.tip))) return made.results
      const lost = unsure
      if (lost) return batch.map(() => failed(lost))
      made = await this.#commit(batch, fetched.value.head)
      if (made.tip === fetched.value.head) return made.results
      await at("push:before")
      if (!mayAct()) {
        const message = "not pushed: this replica does not lead any more"
        return batch.map(() => failed(new SerinError("NOT_LEADING", message)))
      }
      const pushed = await mirror.push(made.tip)
      await at("push:after")
      if (pushed.kind === "pushed") {
        this.#pace.record(clock.now())
        return made.results
      }
      if (pushed.kind === "failed") {
        if (pushed.error.code === "GIT_FORBIDDEN") return made.results.map((result) => refusedBy(pushed.error, result))
        unsure = pushed.error
      } else {
        log("push overtaken, editing anew", { attempt })
        // Others push too: after a few lost races give way a little, each time longer.
        if (attempt > 3) await pause(clock, 100 * attempt, this.#stop.signal)
      }
    }
    const message = `other pushes came in between ${maxAttempts} times`
    return batch.map(() => failed(new SerinError("GIT_REJECTED", message)))
  }

  /** Runs the edits one after the other, each on the tree that the one before leaves. */
  async #commit(batch: readonly Job[], head: string): Promise<Made> {
    const { git, mirror, clock, committer } = this.#options
    const read = await mirror.tree(head)
    if (!read.ok) throw read.error
    let tip = head
    let tree: Snapshot = read.value
    const results: SubmitResult[] = []
    for (const { edit, decidedOn = head } of batch) {
      const result = run(edit, tree, (file) => mirror.covers(file))
      if (result.kind !== "commit") {
        results.push(result)
        continue
      }
      const { changes, message } = result
      const paths = changes.map(({ path }) => path)
      if (decidedOn !== head && (await mirror.touched(decidedOn, head, paths))) {
        results.push({ kind: "obsolete", reason: "Others changed the same files meanwhile; it is decided anew." })
        continue
      }
      const commit = { parent: tip, entries: tree.entries, changes, message, committer, at: clock.now() }
      const made = await makeCommit(git, mirror.clone, commit)
      if (!made.ok) {
        results.push(failed(made.error))
      } else if (made.value === undefined) {
        results.push({ kind: "obsolete", reason: "the files already are as the edit would make them" })
      } else {
        tip = made.value
        tree = changed(tree, tip, changes)
        results.push({ kind: "committed", commit: tip })
      }
    }
    return { tip, results }
  }
}

interface Made {
  /** The last commit, or the head where no edit made one. */
  readonly tip: string
  readonly results: readonly SubmitResult[]
}

const closed: SubmitResult = {
  kind: "failed",
  error: new SerinError("GIT_FAILED", "the agent is stopping", { next: "Try again when it runs." }),
}

function failed(error: SerinError): SubmitResult {
  return { kind: "failed", error }
}

function refusedBy(error: SerinError, result: SubmitResult): SubmitResult {
  return result.kind === "committed" ? failed(error) : result
}

/** One edit's defect must not stop the others. */
function run(edit: Edit, tree: Tree, covers: (file: string) => boolean): EditResult | SubmitResult {
  try {
    const result = edit(tree)
    const stray = result.kind === "commit" ? result.changes.find(({ path }) => !covers(path)) : undefined
    if (stray) throw new RangeError(`it wrote to ${stray.path}, outside of the repository's path`)
    return result
  } catch (error) {
    return failed(new SerinError("INTERNAL", `an edit failed: ${messageOf(error)}`, { cause: error }))
  }
}

function changed(
  tree: Snapshot,
  revision: string,
  changes: readonly { path: string; content: string | null }[],
): Snapshot {
  const files = new Map(tree.files)
  for (const { path, content } of changes) {
    if (content === null) files.delete(path)
    else files.set(path, content)
  }
  return { ...tree, revision, files }
}
