import { randomUUID } from "node:crypto"
import { chmod, link, mkdir, readdir, readlink, rename, rm, stat, symlink } from "node:fs/promises"
import { join } from "node:path"
import { PassThrough, type Readable } from "node:stream"
import { pipeline } from "node:stream/promises"
import { ifMissing } from "../files/index.ts"
import { digestOf, Digester, parseDigest, type Descriptor, type Digest } from "../oci/index.ts"
import { decompressor } from "./decompress.ts"
import { applyLayer } from "./layer.ts"
import { together } from "./together.ts"
import { RegistryClientError } from "./registry-errors.ts"

/** One layer of an image, and how to get its bytes as the registry has them. */
export interface LayerSource {
  readonly descriptor: Descriptor
  /** Digest of the unpacked tar, from the image's configuration. */
  readonly diffId: Digest
  open(): Promise<Readable>
}

/**
 * Root file systems by the chain of layers that they are made of (image-spec config.md, "Layer ChainID"). Each is a whole
 * folder; files that come from a lower one are hard links to it, so images share disk and memory. What is here is complete
 * and was verified: a folder gets its name only then.
 */
export class Snapshots {
  readonly #folder: string
  readonly #underWay = new Map<Digest, Promise<string>>()

  constructor(folder: string) {
    this.#folder = folder
  }

  /** Removes what a crash has left unfinished. */
  async prepare(): Promise<void> {
    await mkdir(this.#folder, { recursive: true })
    const unfinished = (await readdir(this.#folder)).filter((name) => name.startsWith("."))
    await Promise.all(unfinished.map((name) => rm(join(this.#folder, name), { recursive: true, force: true })))
  }

  /** The root file system of these layers, from lowest to highest; those that are missing are fetched and unpacked. */
  async make(layers: readonly LayerSource[]): Promise<string> {
    const last = layers.at(-1)
    const chain = chainId(layers.map(({ diffId }) => diffId))
    const present = this.path(chain)
    if (await exists(present)) return present
    const running = this.#underWay.get(chain)
    if (running) return running
    const making = this.#make(chain, layers.slice(0, -1), last).finally(() => this.#underWay.delete(chain))
    this.#underWay.set(chain, making)
    return making
  }

  path(chain: Digest): string {
    return join(this.#folder, parseDigest(chain)?.hex ?? "")
  }

  async #make(chain: Digest, lower: readonly LayerSource[], layer: LayerSource | undefined): Promise<string> {
    const staged = join(this.#folder, `.${randomUUID()}`)
    try {
      await mkdir(staged)
      if (layer) {
        if (lower.length > 0) await linkTree(await this.make(lower), staged)
        await unpack(layer, staged)
      }
      await rename(staged, this.path(chain))
      return this.path(chain)
    } catch (error) {
      await rm(staged, { recursive: true, force: true })
      throw error
    }
  }
}

/** The chain's id; for no layers at all, the digest of nothing. */
export function chainId(diffIds: readonly Digest[]): Digest {
  return (
    diffIds.reduce<Digest | undefined>(
      (chain, diffId) => (chain ? digestOf(`${chain} ${diffId}`) : diffId),
      undefined,
    ) ?? digestOf("")
  )
}

/** Fetches, verifies both digests and applies one layer. */
async function unpack(layer: LayerSource, root: string): Promise<void> {
  const { descriptor, diffId } = layer
  const packed = new Digester(parseDigest(descriptor.digest)?.algorithm)
  const unpacked = new Digester(parseDigest(diffId)?.algorithm)
  const source = measured(await layer.open(), packed)
  const first = await source.next()
  const start = first.done === true ? Buffer.alloc(0) : first.value
  const decompress = decompressor(start)
  const tar = new PassThrough()
  const tap = (bytes: AsyncIterable<Buffer>) => measured(bytes, unpacked)
  const bytes = prepend(start, source)
  const flowing = decompress ? pipeline(bytes, decompress, tap, tar) : pipeline(bytes, tap, tar)
  try {
    await together(flowing, applyLayer(tar, root))
  } catch (error) {
    if (error instanceof RegistryClientError) throw error
    const why = error instanceof Error ? error.message : String(error)
    throw new RegistryClientError("corrupt", `failed to extract layer ${diffId}: ${why}`, { cause: error })
  }
  const { digest, size } = descriptor
  const actual = packed.digest()
  if (actual !== digest || packed.size !== size) {
    const got = `${actual} (${packed.size} bytes)`
    throw new RegistryClientError("corrupt", `unexpected commit digest ${got}, expected ${digest} (${size} bytes)`)
  }
  const actualDiff = unpacked.digest()
  if (actualDiff !== diffId) {
    throw new RegistryClientError("corrupt", `wrong diff id ${actualDiff} of layer ${digest}, expected ${diffId}`)
  }
}

async function* measured(source: AsyncIterable<Buffer>, digester: Digester): AsyncGenerator<Buffer, void, void> {
  for await (const chunk of source) {
    digester.update(chunk)
    yield chunk
  }
}

async function* prepend(first: Buffer, rest: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void, void> {
  yield first
  yield* rest
}

/** Folders and symbolic links anew, files as further links to the same content. */
async function linkTree(from: string, to: string): Promise<void> {
  for (const entry of await readdir(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)]
    if (entry.isDirectory()) {
      await mkdir(target)
      await linkTree(source, target)
      await chmod(target, (await stat(source)).mode & 0o7777)
    } else if (entry.isSymbolicLink()) {
      await symlink(await readlink(source), target)
    } else {
      await link(source, target)
    }
  }
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch((error: unknown) => ifMissing(error, undefined))) !== undefined
}
