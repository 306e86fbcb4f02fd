import { createReadStream, createWriteStream } from "node:fs"
import { mkdir, open, rename, stat, truncate } from "node:fs/promises"
import { dirname } from "node:path"
import { randomUUID } from "node:crypto"
import type { Readable } from "node:stream"
import { pipeline } from "node:stream/promises"
import { ifMissing, removeIfThere, writeWhole } from "../files/index.ts"
import { Digester, digestOf, parseDigest, type Digest } from "../oci/index.ts"
import { RegistryError } from "./errors.ts"
import type { Layout } from "./layout.ts"

/** Blobs, and uploads that are on their way to become one. */
export class BlobStore {
  /** Digest of what an upload has so far, so that large blobs are not read again at the end. Lost at a restart. */
  readonly #running = new Map<string, Digester>()
  readonly #busy = new Set<string>()

  constructor(readonly layout: Layout) {}

  /** Size in bytes; undefined when the repository has no such blob. */
  async size(repository: string, digest: Digest): Promise<number | undefined> {
    try {
      await stat(this.layout.blobLink(repository, digest))
      return (await stat(this.layout.blob(digest))).size
    } catch (error) {
      return ifMissing(error, undefined)
    }
  }

  /** Bytes `start` to `end`, both included. */
  read(digest: Digest, range?: { start: number; end: number }): Readable {
    return createReadStream(this.layout.blob(digest), range)
  }

  /** Makes a blob of one repository one of another; false when `from` has none. */
  async mount(from: string, to: string, digest: Digest): Promise<boolean> {
    if ((await this.size(from, digest)) === undefined) return false
    await writeWhole(this.layout.blobLink(to, digest), "")
    return true
  }

  /** Takes the link away; the content stays for other repositories that link to it. */
  remove(repository: string, digest: Digest): Promise<boolean> {
    return removeIfThere(this.layout.blobLink(repository, digest))
  }

  async beginUpload(repository: string): Promise<string> {
    const id = randomUUID()
    const path = this.layout.upload(repository, id)
    await mkdir(dirname(path), { recursive: true })
    await (await open(path, "wx")).close()
    this.#running.set(path, new Digester())
    return id
  }

  /** Bytes that have arrived. */
  async uploaded(repository: string, id: string): Promise<number> {
    try {
      return (await stat(this.layout.upload(repository, id))).size
    } catch (error) {
      ifMissing(error, undefined)
      throw unknownUpload(id)
    }
  }

  /**
   * Appends a body and resolves to the size after it. With `expected`, a body of another length is taken back: the
   * client said what it sends (Content-Range) and sent something else.
   */
  async append(repository: string, id: string, body: Readable, expected?: number): Promise<number> {
    const path = this.layout.upload(repository, id)
    return this.#alone(path, id, async () => {
      const before = await this.uploaded(repository, id)
      const running = this.#running.get(path)
      // Until the body is whole, what was computed so far is not to be trusted.
      this.#running.delete(path)
      let received = 0
      const counted = async function* (source: AsyncIterable<Buffer>) {
        for await (const chunk of source) {
          received += chunk.length
          running?.update(chunk)
          yield chunk
        }
      }
      await pipeline(body, counted, createWriteStream(path, { flags: "a" }))
      if (expected !== undefined && received !== expected) {
        await truncate(path, before)
        throw new RegistryError("SIZE_INVALID", `the range announced ${expected} bytes and ${received} came`)
      }
      if (running) this.#running.set(path, running)
      return before + received
    })
  }

  /** Ends an upload: its content becomes the blob `digest` of the repository if that is what it is. */
  async commit(repository: string, id: string, digest: Digest): Promise<void> {
    const path = this.layout.upload(repository, id)
    await this.#alone(path, id, async () => {
      await this.uploaded(repository, id)
      const actual = await this.#digestOf(path, digest)
      if (actual !== digest) {
        throw new RegistryError("DIGEST_INVALID", "provided digest did not match uploaded content", { digest, actual })
      }
      const target = this.layout.blob(digest)
      await mkdir(dirname(target), { recursive: true })
      await rename(path, target)
      await writeWhole(this.layout.blobLink(repository, digest), "")
    })
  }

  async cancel(repository: string, id: string): Promise<void> {
    const path = this.layout.upload(repository, id)
    this.#running.delete(path)
    if (!(await removeIfThere(path))) throw unknownUpload(id)
  }

  /** Stores content that is at hand, without a link: manifests have links of their own. */
  async write(content: Buffer, algorithm: "sha256" | "sha512"): Promise<Digest> {
    const digest = digestOf(content, algorithm)
    await writeWhole(this.layout.blob(digest), content)
    return digest
  }

  async #digestOf(path: string, wanted: Digest): Promise<Digest> {
    const running = this.#running.get(path)
    this.#running.delete(path)
    const algorithm = parseDigest(wanted)?.algorithm ?? "sha256"
    if (running && algorithm === "sha256") return running.digest()
    const digester = new Digester(algorithm)
    for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) digester.update(chunk)
    return digester.digest()
  }

  async #alone<T>(path: string, id: string, work: () => Promise<T>): Promise<T> {
    if (this.#busy.has(path)) {
      throw new RegistryError("BLOB_UPLOAD_INVALID", "another request is writing to this upload", { uuid: id })
    }
    this.#busy.add(path)
    try {
      return await work()
    } finally {
      this.#busy.delete(path)
    }
  }
}

function unknownUpload(id: string): RegistryError {
  return new RegistryError("BLOB_UPLOAD_UNKNOWN", "blob upload unknown to registry", { uuid: id })
}
