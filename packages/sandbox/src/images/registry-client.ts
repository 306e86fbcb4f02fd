import { Readable } from "node:stream"
import { acceptManifests, digestOf, isDigest, type Digest } from "../oci/index.ts"
import { RegistryClientError } from "./registry-errors.ts"
import { RegistrySession, type Credentials, type RegistryResponse } from "./registry-session.ts"

export interface FetchedManifest {
  readonly digest: Digest
  readonly mediaType: string
  readonly content: Buffer
}

/** Larger manifests are not read. */
const largestManifest = 8 << 20

/** What an OCI client does with one repository of a registry (distribution-spec 1.1). Failures are `RegistryClientError`. */
export class RepositoryClient {
  readonly #session: RegistrySession
  readonly #pull: string
  readonly #push: string

  constructor(
    readonly registryUrl: string,
    readonly repository: string,
    credentials?: Credentials,
  ) {
    this.#session = new RegistrySession(registryUrl, credentials)
    this.#pull = `repository:${repository}:pull`
    this.#push = `repository:${repository}:pull,push`
  }

  /** The digest that a tag stands for now; undefined when there is no such tag. */
  async resolve(reference: string): Promise<Digest | undefined> {
    const response = await this.#session.send({ ...this.#manifest("HEAD", reference), scope: this.#pull })
    await response.drop()
    if (response.status === 404) return undefined
    if (response.status !== 200) throw unexpected("HEAD", reference, response)
    const digest = response.headers["docker-content-digest"] ?? ""
    // Some registries do not say it in a HEAD: then the manifest itself does.
    return isDigest(digest) ? digest : (await this.manifest(reference))?.digest
  }

  /** A manifest or index, checked against the digest that was asked for; undefined when there is none. */
  async manifest(reference: string): Promise<FetchedManifest | undefined> {
    const response = await this.#session.send({ ...this.#manifest("GET", reference), scope: this.#pull })
    if (response.status !== 200) {
      await response.drop()
      if (response.status === 404) return undefined
      throw unexpected("GET", reference, response)
    }
    const content = await readAll(response.body, largestManifest)
    const digest = digestOf(content, reference.startsWith("sha512:") ? "sha512" : "sha256")
    if (isDigest(reference) && digest !== reference) {
      throw new RegistryClientError("corrupt", `manifest ${reference} came with the digest ${digest}`)
    }
    return { digest, mediaType: response.headers["content-type"]?.split(";")[0] ?? "", content }
  }

  /** The bytes of a blob, not checked yet. Reading rejects with `unreachable` when the connection is lost on the way. */
  async blob(digest: Digest): Promise<Readable> {
    const response = await this.#session.send({ method: "GET", path: this.#blob(digest), scope: this.#pull })
    if (response.status === 200) return Readable.from(whole(response.body, digest), { objectMode: false })
    await response.drop()
    if (response.status === 404) throw new RegistryClientError("not-found", `blob ${digest}: not found`)
    throw unexpected("GET", digest, response)
  }

  /** A small blob, checked. */
  async smallBlob(digest: Digest): Promise<Buffer> {
    const content = await readAll(await this.blob(digest), largestManifest)
    if (digestOf(content, digest.startsWith("sha512:") ? "sha512" : "sha256") !== digest) {
      throw new RegistryClientError("corrupt", `blob ${digest} came with another digest`)
    }
    return content
  }

  async hasBlob(digest: Digest): Promise<boolean> {
    const response = await this.#session.send({ method: "HEAD", path: this.#blob(digest), scope: this.#push })
    await response.drop()
    if (response.status !== 200 && response.status !== 404) throw unexpected("HEAD", digest, response)
    return response.status === 200
  }

  /** Makes a blob of another repository of the registry one of this; false when the registry wants it uploaded. */
  async mountBlob(digest: Digest, from: string): Promise<boolean> {
    const query = new URLSearchParams({ mount: digest, from })
    const response = await this.#session.send({
      method: "POST",
      path: `/v2/${this.repository}/blobs/uploads/?${query.toString()}`,
      scope: `${this.#push} repository:${from}:pull`,
    })
    await response.drop()
    if (response.status === 202) await this.#cancel(response)
    return response.status === 201
  }

  /** Uploads a blob in one request. `open` may be called again when the registry first asks for credentials. */
  async pushBlob(digest: Digest, size: number, open: () => Readable | Promise<Readable>): Promise<void> {
    const started = await this.#session.send({
      method: "POST",
      path: `/v2/${this.repository}/blobs/uploads/`,
      scope: this.#push,
    })
    await started.drop()
    const location = started.headers["location"]
    if (started.status !== 202 || location === undefined) throw unexpected("POST", digest, started)
    const url = new URL(location, this.registryUrl)
    url.searchParams.set("digest", digest)
    const ended = await this.#session.send({
      method: "PUT",
      path: url.href,
      scope: this.#push,
      headers: { "content-type": "application/octet-stream", "content-length": String(size) },
      body: open,
    })
    if (ended.status !== 201) throw unexpected("PUT", digest, ended, await ended.text())
    await ended.drop()
  }

  async pushManifest(reference: string, mediaType: string, content: Buffer): Promise<Digest> {
    const response = await this.#session.send({
      ...this.#manifest("PUT", reference),
      scope: this.#push,
      headers: { "content-type": mediaType },
      body: content,
    })
    if (response.status !== 201) throw unexpected("PUT", reference, response, await response.text())
    await response.drop()
    return digestOf(content)
  }

  async #cancel({ headers }: RegistryResponse): Promise<void> {
    const location = headers["location"]
    if (location === undefined) return
    await (await this.#session.send({ method: "DELETE", path: location, scope: this.#push })).drop()
  }

  #manifest<M extends "GET" | "HEAD" | "PUT">(method: M, reference: string) {
    return { method, path: `/v2/${this.repository}/manifests/${reference}`, headers: { accept: acceptManifests } }
  }

  #blob(digest: Digest): string {
    return `/v2/${this.repository}/blobs/${digest}`
  }
}

async function readAll(stream: Readable, limit: number): Promise<Buffer> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > limit) throw new RegistryClientError("refused", `the answer is longer than ${limit} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

function unexpected(method: string, what: string, { status }: RegistryResponse, said = ""): RegistryClientError {
  const failure =
    status === 401 || status === 403 ? "unauthorized" : status >= 500 || status === 429 ? "unreachable" : "refused"
  const detail = said.trim() === "" ? "" : `: ${said.trim().slice(0, 500)}`
  return new RegistryClientError(failure, `unexpected status from ${method} request for ${what}: ${status}${detail}`)
}

async function* whole(body: Readable, digest: Digest): AsyncIterable<Buffer> {
  try {
    yield* body as AsyncIterable<Buffer>
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new RegistryClientError("unreachable", `blob ${digest}: the connection was lost: ${why}`, { cause: error })
  }
}
