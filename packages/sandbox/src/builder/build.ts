import { readFile, rm } from "node:fs/promises"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { ifMissing } from "../files/index.ts"
import {
  endpointsOf,
  fetchImage,
  hostPlatform,
  locate,
  RegistryClientError,
  RepositoryClient,
  type Snapshots,
} from "../images/index.ts"
import {
  formatReference,
  imageManifest,
  InvalidReferenceError,
  parseReference,
  type Digest,
  type Reference,
} from "../oci/index.ts"
import { baseImageReference, makeBaseImage } from "./base-image.ts"
import { BuildError, UnavailableError } from "./build-error.ts"
import { checkOutTag } from "./checkout.ts"
import { ignoreFilter } from "./context/patterns.ts"
import { SourceTree } from "./context/source-tree.ts"
import { parseDockerfile } from "./dockerfile/stages.ts"
import { buildImage } from "./image/build-image.ts"
import { imageFrom, layerSources, type Image } from "./image/image.ts"
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
  readonly #snapshots: Snapshots
  /** The image made here, once for all builds that want it at the same time. */
  #baseImage: Promise<Image> | undefined

  constructor(options: BuilderOptions, snapshots: Snapshots) {
    this.#options = options
    this.#snapshots = snapshots
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
      const image = await this.#make(order, folder, at, say, signal)
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

  async #make(
    order: BuildOrder,
    folder: string,
    at: Date,
    say: (line: string) => void,
    signal: AbortSignal,
  ): Promise<Image> {
    const given = new Map([
      ["VERSION", order.tag],
      ["REVISION", order.commit],
      ["SOURCE_DATE_EPOCH", String(at.getTime() / 1000)],
      ["TARGETOS", "linux"],
      ["TARGETARCH", hostPlatform().architecture],
      ["TARGETPLATFORM", `linux/${hostPlatform().architecture}`],
    ])
    const buildArg = (name: string) => given.get(name)
    const text = await readFile(join(folder, "Dockerfile"), "utf8").catch((error: unknown) =>
      ifMissing(error, undefined),
    )
    if (text === undefined) {
      throw new BuildError(
        `there is no Dockerfile at the root of ${order.repository}`,
        "Add one, commit it, and push a new tag.",
      )
    }
    const ignore = await readFile(join(folder, ".dockerignore"), "utf8").catch((error: unknown) => ifMissing(error, ""))
    return buildImage(parseDockerfile(text, buildArg), {
      context: new SourceTree(folder, "repository", ignoreFilter(ignore)),
      at,
      snapshots: this.#snapshots,
      layersFolder: join(this.#options.dataDir, "layers"),
      buildArg,
      platform: hostPlatform(),
      image: (reference) => this.#image(reference, say),
      say,
      signal,
    })
  }

  async #image(text: string, say: (line: string) => void): Promise<Image> {
    const reference = parse(text)
    const { registry, mirrors } = this.#options
    const credentials = (url: string) => (url === registry.url ? registry.credentials : undefined)
    try {
      const location = await locate(reference, mirrors, credentials)
      say(`      ${text} is ${location.digest}`)
      return imageFrom(await fetchImage(location, hostPlatform()))
    } catch (error) {
      if (!(error instanceof RegistryClientError) || error.failure !== "not-found") throw asBuildError(error)
      if (formatReference(reference) === baseImageReference) return this.#ownBase(reference, say)
      throw new BuildError(
        `there is no image ${text}: ${error.message}`,
        "Check its name and tag, or push it to the registry first.",
      )
    }
  }

  /** Nobody has pushed this image: it is made of the Node that runs here, and pushed so that nodes have it too. */
  #ownBase(reference: Reference, say: (line: string) => void): Promise<Image> {
    say(`      ${formatReference(reference)} is made of the Node ${process.version} of this machine`)
    this.#baseImage ??= this.#makeBase(reference).catch((error: unknown) => {
      this.#baseImage = undefined
      throw error
    })
    return this.#baseImage
  }

  async #makeBase(reference: Reference): Promise<Image> {
    const [endpoint] = endpointsOf(reference, this.#options.mirrors)
    if (!endpoint) throw new BuildError("no registry takes the base image", "Give docker.io a mirror.")
    const { registry } = this.#options
    const credentials = endpoint.url === registry.url ? registry.credentials : undefined
    const client = new RepositoryClient(endpoint.url, endpoint.repository, credentials)
    const image = await makeBaseImage(join(this.#options.dataDir, "layers"), process.execPath, process.version)
    // Unpacked from the file that is here; after that the registry's copy is enough of so large a layer.
    await this.#snapshots.make(layerSources(image))
    await pushImage(image, client, reference.tag ?? "20", new Date(0), {}, () => undefined)
    for (const { origin } of image.layers) if ("file" in origin) await rm(origin.file, { force: true })
    return imageFrom(
      await fetchImage(await locate(reference, this.#options.mirrors, () => credentials), hostPlatform()),
    )
  }
}

/** The digest that the registry has for a tag, if it was built from this commit: pushing it again would change nothing. */
async function pushedFor(target: RepositoryClient, tag: string, commit: string): Promise<Digest | undefined> {
  const found = await target.manifest(tag)
  const manifest = found && imageManifest.safeParse(JSON.parse(found.content.toString("utf8")))
  return found && manifest?.data?.annotations?.[revisionLabel] === commit ? found.digest : undefined
}

function parse(text: string): Reference {
  try {
    return parseReference(text)
  } catch (error) {
    if (!(error instanceof InvalidReferenceError)) throw error
    throw new BuildError(`"${text}" is no image: ${error.message}`, "Check its spelling.", undefined, { cause: error })
  }
}

function asBuildError(error: unknown): unknown {
  if (!(error instanceof RegistryClientError)) return error
  const options = { cause: error }
  if (error.failure === "unreachable") {
    return new UnavailableError(
      error.message,
      "Check that the registry runs; then push the tag again.",
      undefined,
      options,
    )
  }
  const next = {
    "not-found": "Check the name of the image.",
    unauthorized: "Check the builder's credentials for the registry.",
    refused: "The registry's answer says why.",
    corrupt: "Push the image again.",
  }[error.failure]
  return new BuildError(error.message, next, undefined, options)
}
