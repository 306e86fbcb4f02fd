import { join } from "node:path"
import { z } from "zod"
import { listIfThere, readIfThere, writeWhole } from "../files/index.ts"
import {
  formatReference,
  imageConfig,
  InvalidReferenceError,
  isDigest,
  parseDigest,
  parseReference,
  type Digest,
  type ImageConfig,
  type Reference,
} from "../oci/index.ts"
import type { CreateImageStore, ImageStoreOptions, Platform } from "./options.ts"
import { describePullFailure } from "./pull-failure.ts"
import { fetchImage, locate, type ResolvedImage } from "./resolve.ts"
import type { Credentials } from "./registry-session.ts"
import { chainId, Snapshots } from "./snapshots.ts"
import { ImageError, type ImageStore, type LocalImage } from "./store.ts"

type Auth = ReadonlyMap<string, { username: string; password: string }>

const references = z.record(
  z.string(),
  z.custom<Digest>((value) => typeof value === "string" && isDigest(value)),
)

/** Opens the store on its folder: images that were pulled before are there at once. */
export const createImageStore: CreateImageStore = async (options) => {
  const store = new Store(options)
  await store.load()
  return store
}

class Store implements ImageStore {
  readonly #options: ImageStoreOptions
  readonly #platform: Platform
  readonly #snapshots: Snapshots
  readonly #images = new Map<Digest, ImageConfig>()
  /** Whole reference → digest. */
  readonly #references = new Map<string, Digest>()
  readonly #underWay = new Map<string, Promise<Digest>>()
  #saving: Promise<void> = Promise.resolve()

  constructor(options: ImageStoreOptions) {
    this.#options = options
    this.#platform = options.platform ?? hostPlatform()
    this.#snapshots = new Snapshots(join(options.dataDir, "snapshots"))
  }

  async load(): Promise<void> {
    await this.#snapshots.prepare()
    const folder = join(this.#options.dataDir, "images")
    for (const name of await listIfThere(folder)) {
      const text = await readIfThere(join(folder, name))
      const digest = `sha256:${name.replace(/\.json$/, "")}`
      if (text !== undefined && isDigest(digest)) this.#images.set(digest, imageConfig.parse(JSON.parse(text)))
    }
    const known = await readIfThere(this.#referencesPath())
    for (const [reference, digest] of Object.entries(references.parse(JSON.parse(known ?? "{}")))) {
      if (this.#images.has(digest)) this.#references.set(reference, digest)
    }
  }

  async pull(ref: string, auth: Auth = new Map()): Promise<LocalImage> {
    const reference = parse(ref)
    const whole = formatReference(reference)
    // Who brings other credentials must prove them.
    const key = JSON.stringify([whole, [...auth]])
    const running = this.#underWay.get(key) ?? this.#fetch(reference, auth).finally(() => this.#underWay.delete(key))
    this.#underWay.set(key, running)
    try {
      return this.#localImage(ref, await running)
    } catch (error) {
      const message = describePullFailure(whole, error)
      this.#options.log("image pull failed", { image: whole, message })
      throw new ImageError("ErrImagePull", message)
    }
  }

  local(ref: string): LocalImage | undefined {
    const reference = parse(ref)
    const digest = reference.digest ?? this.#references.get(formatReference(reference))
    return digest !== undefined && this.#images.has(digest) ? this.#localImage(ref, digest) : undefined
  }

  async #fetch(reference: Reference, auth: Auth): Promise<Digest> {
    const credentials = (url: string) => credentialsFor(url, reference.host, auth)
    const location = await locate(reference, this.#options.mirrors, credentials)
    if (!this.#images.has(location.digest)) {
      const started = performance.now()
      await this.#unpack(await fetchImage(location, this.#platform))
      const fields = {
        image: formatReference(reference),
        digest: location.digest,
        ms: Math.round(performance.now() - started),
      }
      this.#options.log("image pulled", fields)
    }
    this.#references.set(formatReference(reference), location.digest)
    await this.#saveReferences()
    return location.digest
  }

  async #unpack({ client, digest, manifest, config }: ResolvedImage): Promise<void> {
    const layers = manifest.layers.flatMap((descriptor, index) => {
      const diffId = config.rootfs.diff_ids[index]
      return diffId === undefined ? [] : [{ descriptor, diffId, open: () => client.blob(descriptor.digest) }]
    })
    await this.#snapshots.make(layers)
    await writeWhole(join(this.#options.dataDir, "images", `${parseDigest(digest)?.hex}.json`), JSON.stringify(config))
    this.#images.set(digest, config)
  }

  /** One write after the other: the last one has all. */
  #saveReferences(): Promise<void> {
    const write = () =>
      writeWhole(this.#referencesPath(), JSON.stringify(Object.fromEntries(this.#references), null, 2))
    const saving = this.#saving.then(write)
    this.#saving = saving.catch(() => undefined)
    return saving
  }

  #localImage(ref: string, digest: Digest): LocalImage {
    const image = this.#images.get(digest)
    if (!image) throw new TypeError(`image ${digest} is not in the store`)
    const { config } = image
    return {
      ref,
      digest,
      rootfs: this.#snapshots.path(chainId(image.rootfs.diff_ids)),
      config: {
        entrypoint: config?.Entrypoint ?? [],
        cmd: config?.Cmd ?? [],
        env: config?.Env ?? [],
        workingDir: config?.WorkingDir ?? "",
        user: config?.User ?? "",
        labels: config?.Labels ?? {},
        exposedPorts: Object.keys(config?.ExposedPorts ?? {}),
      },
    }
  }

  #referencesPath(): string {
    return join(this.#options.dataDir, "references.json")
  }
}

function parse(ref: string): Reference {
  try {
    return parseReference(ref)
  } catch (error) {
    if (!(error instanceof InvalidReferenceError)) throw error
    const message = `Failed to apply default image tag "${ref}": couldn't parse image name "${ref}": ${error.message}`
    throw new ImageError("InvalidImageName", message)
  }
}

/** Pull secrets name a registry by its host; Docker Hub's are written with an address of old. */
function credentialsFor(url: string, host: string, auth: Auth): Credentials | undefined {
  const names = [
    new URL(url).host,
    host,
    ...(host === "docker.io" ? ["index.docker.io", "https://index.docker.io/v1/"] : []),
  ]
  return names.map((name) => auth.get(name)).find((found) => found !== undefined)
}

/** Linux on this processor, as images name it. */
export function hostPlatform(): Platform {
  const names: Readonly<Record<string, string>> = { x64: "amd64", ia32: "386" }
  return { os: "linux", architecture: names[process.arch] ?? process.arch }
}
