import { readdir, readFile, rm } from "node:fs/promises"
import { join, relative, sep } from "node:path"
import { ifMissing, listIfThere, readIfThere, removeIfThere, writeWhole } from "../files/index.ts"
import { isDigest, parseDigest, type Descriptor, type Digest } from "../oci/index.ts"
import type { BlobStore } from "./blob-store.ts"
import { RegistryError } from "./errors.ts"
import type { Layout } from "./layout.ts"
import { readManifest, type ManifestDocument } from "./manifest-document.ts"

export interface StoredManifest {
  readonly digest: Digest
  readonly mediaType: string
  readonly content: Buffer
}

/** Manifests, the tags that name them, and the index of those that refer to another one. */
export class ManifestStore {
  constructor(
    readonly layout: Layout,
    readonly blobs: BlobStore,
  ) {}

  /** The digest that a tag or digest stands for in a repository; undefined when there is none. */
  async resolve(repository: string, reference: string): Promise<Digest | undefined> {
    const digest = isDigest(reference) ? reference : await readIfThere(this.layout.tag(repository, reference))
    if (digest === undefined || !isDigest(digest)) return undefined
    return (await this.#mediaType(repository, digest)) === undefined ? undefined : digest
  }

  async get(repository: string, reference: string): Promise<StoredManifest | undefined> {
    const digest = await this.resolve(repository, reference)
    if (digest === undefined) return undefined
    const mediaType = await this.#mediaType(repository, digest)
    if (mediaType === undefined) return undefined
    return { digest, mediaType, content: await readFile(this.layout.blob(digest)) }
  }

  /** Stores a manifest all of whose parts are there, and points the tag at it. */
  async put(
    repository: string,
    reference: string,
    content: Buffer,
    contentType: string | undefined,
  ): Promise<StoredManifest & { document: ManifestDocument }> {
    const document = readManifest(content, contentType)
    await this.#requireParts(repository, document)
    const wanted = parseDigest(reference)
    const digest = await this.blobs.write(content, wanted?.algorithm ?? "sha256")
    if (wanted && wanted.digest !== digest) {
      throw new RegistryError("DIGEST_INVALID", "provided digest did not match uploaded content", { digest: reference })
    }
    if (document.subject) {
      const descriptor: Descriptor = {
        mediaType: document.mediaType,
        digest,
        size: content.length,
        ...(document.artifactType ? { artifactType: document.artifactType } : {}),
        ...(document.annotations ? { annotations: document.annotations } : {}),
      }
      await writeWhole(this.layout.referrer(repository, document.subject, digest), JSON.stringify(descriptor))
    }
    await writeWhole(this.layout.manifest(repository, digest), document.mediaType)
    if (!wanted) await writeWhole(this.layout.tag(repository, reference), digest)
    return { digest, mediaType: document.mediaType, content, document }
  }

  removeTag(repository: string, tag: string): Promise<boolean> {
    return removeIfThere(this.layout.tag(repository, tag))
  }

  /**
   * Removes a manifest, the tags that point at it, and its entry among the referrers of its subject. Resolves to the tags,
   * or to undefined when there is no such manifest.
   */
  async remove(repository: string, digest: Digest): Promise<string[] | undefined> {
    const stored = await this.get(repository, digest)
    if (!stored) return undefined
    const removed: string[] = []
    const { subject } = readManifest(stored.content, stored.mediaType)
    for (const tag of (await this.tags(repository)) ?? []) {
      if ((await readIfThere(this.layout.tag(repository, tag))) !== digest) continue
      await this.removeTag(repository, tag)
      removed.push(tag)
    }
    if (subject) await rm(this.layout.referrer(repository, subject, digest), { force: true })
    return (await removeIfThere(this.layout.manifest(repository, digest))) ? removed : undefined
  }

  /** Sorted by their characters' codes; undefined for a repository that never had one. */
  async tags(repository: string): Promise<string[] | undefined> {
    try {
      return (await readdir(this.layout.tags(repository))).sort()
    } catch (error) {
      return ifMissing(error, undefined)
    }
  }

  async referrers(repository: string, subject: Digest): Promise<Descriptor[]> {
    const folder = this.layout.referrers(repository, subject)
    const texts = await Promise.all((await listIfThere(folder)).map((name) => readIfThere(join(folder, name))))
    return texts.filter((text) => text !== undefined).map((text) => JSON.parse(text) as Descriptor)
  }

  /** Names of all repositories that have had a manifest, sorted. */
  async repositories(): Promise<string[]> {
    const root = this.layout.repositories()
    const found: string[] = []
    const walk = async (folder: string): Promise<void> => {
      const entries = await readdir(folder).catch((error: unknown) => ifMissing<string[]>(error, []))
      if (entries.includes("_manifests")) found.push(relative(root, folder).split(sep).join("/"))
      await Promise.all(entries.filter((name) => !name.startsWith("_")).map((name) => walk(join(folder, name))))
    }
    await walk(root)
    return found.sort()
  }

  #mediaType(repository: string, digest: Digest): Promise<string | undefined> {
    return readIfThere(this.layout.manifest(repository, digest))
  }

  async #requireParts(repository: string, { blobs, manifests }: ManifestDocument): Promise<void> {
    for (const digest of blobs) {
      if ((await this.blobs.size(repository, digest)) === undefined) throw unknownPart(digest)
    }
    for (const digest of manifests) {
      if ((await this.#mediaType(repository, digest)) === undefined) throw unknownPart(digest)
    }
  }
}

function unknownPart(digest: Digest): RegistryError {
  return new RegistryError("MANIFEST_BLOB_UNKNOWN", "blob unknown to registry", { digest })
}
