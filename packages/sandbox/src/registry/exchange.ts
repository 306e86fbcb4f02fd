import type { IncomingMessage, ServerResponse } from "node:http"
import type { Access } from "./access.ts"
import type { BlobStore } from "./blob-store.ts"
import { RegistryError } from "./errors.ts"
import type { ManifestStore } from "./manifest-store.ts"
import type { Notifier, RegistryEvent } from "./notifier.ts"

/** One request with all that its handler works on. */
export interface Exchange {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly url: URL
  readonly blobs: BlobStore
  readonly manifests: ManifestStore
  readonly access: Access
  /** Name of the user, "" for anyone. */
  readonly actor: string
  notify(event: RegistryEvent): void
}

/** The exchange before it is known who asks. */
export type Services = Pick<Exchange, "blobs" | "manifests" | "access"> & { readonly notifier: Notifier }

/** `allowed` are the methods that there are, for the header `Allow`. */
export function notAllowed(request: IncomingMessage, allowed: string): RegistryError {
  return new RegistryError("UNSUPPORTED", `the operation ${request.method} is unsupported here`, null, {
    allow: allowed,
  })
}

/** Whether the client already has what this ETag stands for (RFC 9110, 13.1.2). */
export function clientHas(request: IncomingMessage, etag: string): boolean {
  const header = request.headers["if-none-match"]
  if (header === undefined) return false
  return header.split(",").some((part) => part.trim() === "*" || unquoted(part) === unquoted(etag))
}

/** Some clients send the digest as it stands in Docker-Content-Digest, without quotes. */
function unquoted(tag: string): string {
  return tag
    .trim()
    .replace(/^W\//, "")
    .replace(/^"(.*)"$/, "$1")
}
