import { rm } from "node:fs/promises"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { RepositoryClient, type Snapshots } from "../images/index.ts"
import { imageManifest, type Digest } from "../oci/index.ts"
import { UnavailableError } from "./build-error.ts"
import { checkOutTag } from "./checkout.ts"
import { asBuildError, ImageMaker } from "./image-maker.ts"
import { pushImage } from "./image/push.ts"
import type { BuilderOptions } from "./options.ts"

/** What a build is made of. */
export interface BuildOrder {
  readonly id: number
  /** `team/podinfo` */
  readonly repository: string
  readonly tag: string
  /** What the tag stood for when it was pushed. */
  readonly commit: string
  /** Name in the registry, without tag. */
  readonly imageName: string
}

export type BuildOutcome =
  | { readonly state: "succeeded"; readonly digest: Digest }
  /** The tag has moved on; the push that moved it has a build of its own. */
  | { readonly state: "superseded"; readonly reason: string }

/** Some ten minutes in all. */
const attempts = 60
const firstPauseMs = 250
const longestPauseMs = 10_000

const revisionLabel = "org.opencontainers.image.revision"

/** Makes the image of a tag and pushes it. Failures that a person can do something about are `BuildError`s. */
export class ImageBuilder {
  readonly #options: BuilderOptions
  readonly #maker: ImageMaker

  constructor(options: BuilderOptions, snapshots: Snapshots) {
    this.#options = options
    this.#maker = new ImageMaker(options, snapshots)
  }

  /** Waits for a registry or git host that does not answer, for minutes, and says so. */
  async build(order: BuildOrder, say: (line: string) => void, signal: AbortSignal): Promise<BuildOutcome> {
    say(`Building ${order.imageName}:${order.tag} from ${order.repository} ${order.commit.slice(0, 12)}`)
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.#build(order, say, signal)
      } catch (error) {
        const failure = asBuildError(error)
        if (!(failure instanceof UnavailableError) || attempt === attempts) throw failure
        const pause = Math.min(firstPauseMs * 2 ** (attempt - 1), longestPauseMs)
        say(`Waiting: ${failure.message}; trying again in ${pause / 1000} s (${attempt} of ${attempts})`)
        await sleep(pause, undefined, { signal })
      }
    }
  }

  async #build(order: BuildOrder, say: (line: string) => void, signal: AbortSignal): Promise<BuildOutcome> {
    const { repository, tag, commit } = order
    const { registry } = this.#options
    const target = new RepositoryClient(registry.url, order.imageName, registry.credentials)
    const present = await pushedFor(target, tag, commit)
    if (present) {
      say(`The registry has this image of this commit already: ${present}`)
      return { state: "succeeded", digest: present }
    }
    const folder = join(this.#options.dataDir, "work", String(order.id))
    try {
      const checkout = await checkOutTag(this.#options.git, repository, tag, folder)
      if (checkout.commit !== commit) {
        return { state: "superseded", reason: `${tag} stands for ${checkout.commit.slice(0, 12)} by now` }
      }
      say(`Checked out ${tag}, committed ${checkout.committedAt.toISOString()}`)
      const at = checkout.committedAt
      const given = { VERSION: tag, REVISION: commit }
      const image = await this.#maker.make({ folder, name: repository, given, at }, say, signal)
      const labels = {
        "org.opencontainers.image.created": at.toISOString(),
        [revisionLabel]: commit,
        "org.opencontainers.image.source": `${this.#options.git.url}/${repository}`,
        "org.opencontainers.image.version": tag,
      }
      const labelled = { ...image, config: { ...image.config, Labels: { ...image.config.Labels, ...labels } } }
      say(`Pushing ${order.imageName}:${tag}`)
      const digest = await pushImage(labelled, target, tag, at, labels, say)
      say(`Pushed ${order.imageName}:${tag}@${digest}`)
      return { state: "succeeded", digest }
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  }
}

/** The digest that the registry has for a tag, if it was built from this commit: pushing it again would change nothing. */
async function pushedFor(target: RepositoryClient, tag: string, commit: string): Promise<Digest | undefined> {
  const found = await target.manifest(tag)
  const manifest = found && imageManifest.safeParse(JSON.parse(found.content.toString("utf8")))
  return found && manifest?.data?.annotations?.[revisionLabel] === commit ? found.digest : undefined
}
