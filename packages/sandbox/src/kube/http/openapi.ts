import { createHash } from "node:crypto"
import { readdirSync } from "node:fs"
import { join } from "node:path"
import { gunzip, gzipSync } from "node:zlib"
import { promisify } from "node:util"
import { readCompressed } from "../data.ts"
import type { Json } from "../json.ts"
import type { Exchange } from "./respond.ts"

const inflate = promisify(gunzip)
const PREFIX = "/openapi/v3/"
const EXTENSION = ".json.gz"
/** What kubectl asks for when it meets a kind that no v3 document knows. */
const V2_PROTOBUF = /application\/com\.github\.proto-openapi\.spec\.v2[@.]v1\.0\+protobuf/
const V2_PROTOBUF_TYPE = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf"

/** A document, compressed as it lies on disk and as most clients take it. */
interface Document {
  readonly compressed: Buffer
  readonly hash: string
}

/** Documents of what is not built in, by path (`apis/example.com/v1`); made when they are asked for. */
export interface CustomDocuments {
  paths(): readonly string[]
  document(path: string): unknown
  /** Changes whenever a document may have changed. */
  readonly generation: number
}

/** Serves the OpenAPI documents of a real server, without ever parsing them, and those of custom resources. */
export class OpenApi {
  readonly #dataDir: string
  readonly #custom: CustomDocuments
  readonly #documents = new Map<string, Document>()
  readonly #made = new Map<string, Document>()
  #madeAt = 0
  #files: ReadonlyMap<string, string> | undefined

  constructor(dataDir: string, custom: CustomDocuments) {
    this.#dataDir = dataDir
    this.#custom = custom
  }

  /** Answers below `/openapi`; false for paths that are none of its own. */
  async handle(exchange: Exchange): Promise<boolean> {
    const path = exchange.url.pathname
    if (path === "/openapi/v2") {
      const asked = V2_PROTOBUF.test(exchange.request.headers.accept ?? "")
      const document = this.#read(asked ? "openapi-v2.pb.gz" : "openapi-v2.json.gz")
      await this.#send(exchange, document, asked ? V2_PROTOBUF_TYPE : "application/json")
      return true
    }
    if (path === "/openapi/v3" || path === PREFIX) {
      await this.#send(exchange, compressed(this.#index()), "text/plain; charset=utf-8")
      return true
    }
    if (!path.startsWith(PREFIX)) return false
    const name = path.slice(PREFIX.length)
    const document = this.#document(name)
    if (document === undefined) {
      exchange.response.writeHead(404)
      exchange.response.end()
      return true
    }
    const { hash } = document
    const asked = exchange.url.searchParams.get("hash")
    if (asked !== null && asked !== hash) {
      exchange.response.writeHead(301, { location: `${path}?hash=${hash}`, "content-length": 0 })
      exchange.response.end()
      return true
    }
    // A document that is asked for by its hash is what it is for ever.
    if (asked !== null) {
      exchange.response.setHeader("cache-control", "public, immutable")
      exchange.response.setHeader("expires", new Date(Date.now() + 365 * 86_400_000).toUTCString())
    }
    await this.#send(exchange, document)
    return true
  }

  #index(): Json {
    const names = [...this.#builtIn().keys(), ...this.#custom.paths()]
    const paths: Json = {}
    for (const name of names) {
      const document = this.#document(name)
      if (document !== undefined) paths[name] = { serverRelativeURL: `${PREFIX}${name}?hash=${document.hash}` }
    }
    return { paths }
  }

  #document(name: string): Document | undefined {
    const file = this.#builtIn().get(name)
    if (file !== undefined) return this.#read(join("openapi-v3", file))
    if (this.#madeAt !== this.#custom.generation) {
      this.#made.clear()
      this.#madeAt = this.#custom.generation
    }
    const known = this.#made.get(name)
    if (known !== undefined) return known
    if (!this.#custom.paths().includes(name)) return undefined
    const made = compressed(this.#custom.document(name))
    this.#made.set(name, made)
    return made
  }

  /** File by document path: slashes are underscores in file names. */
  #builtIn(): ReadonlyMap<string, string> {
    this.#files ??= new Map(
      readdirSync(join(this.#dataDir, "openapi-v3"))
        .filter((file) => file.endsWith(EXTENSION))
        .map((file): [string, string] => [file.slice(0, -EXTENSION.length).replaceAll("_", "/"), file]),
    )
    return this.#files
  }

  #read(file: string): Document {
    const known = this.#documents.get(file)
    if (known !== undefined) return known
    const bytes = readCompressed(this.#dataDir, file)
    const document = { compressed: bytes, hash: hashOf(bytes) }
    this.#documents.set(file, document)
    return document
  }

  async #send({ request, response }: Exchange, document: Document, type = "application/json"): Promise<void> {
    response.setHeader("etag", `"${document.hash}"`)
    response.setHeader("vary", "Accept, Accept-Encoding")
    if (request.headers["if-none-match"] === `"${document.hash}"`) {
      response.writeHead(304)
      response.end()
      return
    }
    const takesGzip = /\bgzip\b/.test(request.headers["accept-encoding"] ?? "")
    const body = takesGzip ? document.compressed : await inflate(document.compressed)
    response.writeHead(200, {
      "content-type": type,
      ...(takesGzip ? { "content-encoding": "gzip" } : {}),
      "content-length": body.length,
    })
    response.end(body)
  }
}

function compressed(value: unknown): Document {
  const bytes = gzipSync(JSON.stringify(value))
  return { compressed: bytes, hash: hashOf(bytes) }
}

const hashOf = (bytes: Buffer): string => createHash("sha512").update(bytes).digest("hex").toUpperCase()
