import { readFile, rm } from "node:fs/promises"
import { join } from "node:path"
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
import { formatReference, InvalidReferenceError, parseReference, type Reference } from "../oci/index.ts"
import { baseImageReference, makeBaseImage } from "./base-image.ts"
import { BuildError, UnavailableError } from "./build-error.ts"
import { ignoreFilter } from "./context/patterns.ts"
import { SourceTree } from "./context/source-tree.ts"
import { parseDockerfile } from "./dockerfile/stages.ts"
import { buildImage } from "./image/build-image.ts"
import { imageFrom, layerSources, type Image } from "./image/image.ts"
import { pushImage } from "./image/push.ts"
import type { BuilderOptions } from "./options.ts"

/** A folder with a Dockerfile at its root. */
export interface Sources {
  readonly folder: string
  /** What it is called in errors. */
  readonly name: string
  /** Values of ARG besides those that every build has. */
  readonly given: Readonly<Record<string, string>>
  /** Time of everything in the image: the same sources make the same image. */
  readonly at: Date
}

/** Makes images of folders; what `FROM` names comes from the registry. */
export class ImageMaker {
  readonly #options: Pick<BuilderOptions, "dataDir" | "registry" | "mirrors">
  readonly #snapshots: Snapshots
  /** The image made here, once for all builds that want it at the same time. */
  #baseImage: Promise<Image> | undefined

  constructor(options: Pick<BuilderOptions, "dataDir" | "registry" | "mirrors">, snapshots: Snapshots) {
    this.#options = options
    this.#snapshots = snapshots
  }

  /** Throws `BuildError` for what a person can mend. */
  async make({ folder, name, given, at }: Sources, say: (line: string) => void, signal: AbortSignal): Promise<Image> {
    const values = new Map([
      ...Object.entries(given),
      ["SOURCE_DATE_EPOCH", String(at.getTime() / 1000)],
      ["TARGETOS", "linux"],
      ["TARGETARCH", hostPlatform().architecture],
      ["TARGETPLATFORM", `linux/${hostPlatform().architecture}`],
    ])
    const buildArg = (argument: string) => values.get(argument)
    const text = await readFile(join(folder, "Dockerfile"), "utf8").catch((error: unknown) =>
      ifMissing(error, undefined),
    )
    if (text === undefined) {
      throw new BuildError(`there is no Dockerfile at the root of ${name}`, "Add one, commit it, and push a new tag.")
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

function parse(text: string): Reference {
  try {
    return parseReference(text)
  } catch (error) {
    if (!(error instanceof InvalidReferenceError)) throw error
    throw new BuildError(`"${text}" is no image: ${error.message}`, "Check its spelling.", undefined, { cause: error })
  }
}

/** What a registry refused or lacks, as a failure that a person can mend; other errors as they are. */
export function asBuildError(error: unknown): unknown {
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
