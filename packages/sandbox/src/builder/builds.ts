import { mkdir } from "node:fs/promises"
import { join } from "node:path"
import { z } from "zod"
import { listIfThere, readIfThere, writeWhole } from "../files/index.ts"
import type { Log } from "../log.ts"
import type { ImageBuilder } from "./build.ts"
import { BuildError } from "./build-error.ts"
import { BuildLog } from "./build-log.ts"
import { TagGoneError } from "./checkout.ts"
import type { Build } from "./options.ts"
import { Queue } from "./queue.ts"

const buildFile = z.object({
  id: z.int(),
  repository: z.string(),
  tag: z.string(),
  commit: z.string(),
  image: z.string(),
  state: z.enum(["queued", "running", "succeeded", "failed", "superseded"]),
  queuedAt: z.string(),
  startedAt: z.string().optional(),
  finishedAt: z.string().optional(),
  digest: z.string().optional(),
  error: z.string().optional(),
})

const atOnce = 2

/**
 * All builds, each in a file of its own with its log beside it. A build that a restart interrupted begins again; a tag that
 * is pushed again for the same commit while its build waits, runs or has succeeded is not built twice.
 */
export class Builds {
  readonly #folder: string
  readonly #builder: ImageBuilder
  readonly #log: Log
  readonly #builds = new Map<number, Build>()
  readonly #logs = new Map<number, BuildLog>()
  readonly #queue = new Queue(atOnce)
  readonly #closing = new AbortController()

  constructor(folder: string, builder: ImageBuilder, log: Log) {
    this.#folder = folder
    this.#builder = builder
    this.#log = log
  }

  async load(): Promise<void> {
    await mkdir(this.#folder, { recursive: true })
    for (const name of await listIfThere(this.#folder)) {
      const text = name.endsWith(".json") ? await readIfThere(join(this.#folder, name)) : undefined
      if (text === undefined) continue
      const build = buildFile.parse(JSON.parse(text)) as Build
      this.#builds.set(build.id, build)
    }
    for (const build of this.all().toReversed()) {
      if (build.state !== "queued" && build.state !== "running") continue
      if (build.state === "running") this.log(build.id).say("The builder was restarted and begins again")
      this.#enqueue(await this.#save({ ...build, state: "queued" }))
    }
  }

  /** Newest first. */
  all(): Build[] {
    return [...this.#builds.values()].sort((a, b) => b.id - a.id)
  }

  get(id: number): Build | undefined {
    return this.#builds.get(id)
  }

  log(id: number): BuildLog {
    const log = this.#logs.get(id) ?? new BuildLog(join(this.#folder, `${id}.log`))
    this.#logs.set(id, log)
    return log
  }

  async order(repository: string, tag: string, commit: string, imageName: string): Promise<Build> {
    const same = this.all().find((build) => build.repository === repository && build.tag === tag)
    if (same?.commit === commit && ["queued", "running", "succeeded"].includes(same.state)) return same
    const id = Math.max(0, ...this.#builds.keys()) + 1
    const order = { id, repository, tag, commit, image: `${imageName}:${tag}`, queuedAt: now() }
    const build = await this.#save({ ...order, state: "queued" })
    this.#enqueue(build)
    return build
  }

  idle(): Promise<void> {
    return this.#queue.idle()
  }

  async close(): Promise<void> {
    this.#closing.abort()
    await this.#queue.close()
  }

  #enqueue(build: Build): void {
    this.#queue.add(build.image, () => this.#run(build))
  }

  async #run(queued: Build): Promise<void> {
    const running = await this.#save({ ...queued, state: "running", startedAt: now() })
    const log = this.log(running.id)
    const imageName = running.image.slice(0, -running.tag.length - 1)
    try {
      const outcome = await this.#builder.build(
        { ...running, imageName },
        (line) => log.say(line),
        this.#closing.signal,
      )
      if (outcome.state === "succeeded") {
        await this.#finish(running, { state: "succeeded", digest: outcome.digest }, "Done")
      } else {
        await this.#finish(running, { state: "superseded" }, `Not built: ${outcome.reason}`)
      }
    } catch (error) {
      // Interrupted by close(): it stays "running" in its file and begins again at the next start.
      if (this.#closing.signal.aborted) return log.end()
      await this.#fail(running, error)
    }
  }

  async #fail(build: Build, error: unknown): Promise<void> {
    if (error instanceof TagGoneError) {
      return this.#finish(build, { state: "superseded" }, `Not built: ${error.message}`)
    }
    const known = error instanceof BuildError
    const why = known ? error.describe() : `internal error: ${error instanceof Error ? error.message : String(error)}`
    await this.#finish(build, { state: "failed", error: why }, `Failed: ${why}`)
    this.#log("build failed", { image: build.image, why, ...(known ? {} : { error }) })
  }

  async #finish(build: Build, result: Pick<Build, "state" | "digest" | "error">, line: string): Promise<void> {
    const log = this.log(build.id)
    log.say(line)
    await this.#save({ ...build, ...result, finishedAt: now() })
    await log.end()
  }

  async #save(build: Build): Promise<Build> {
    this.#builds.set(build.id, build)
    await writeWhole(join(this.#folder, `${build.id}.json`), JSON.stringify(build, null, 2))
    return build
  }
}

const now = (): string => new Date().toISOString()
