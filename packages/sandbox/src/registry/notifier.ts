import { randomUUID } from "node:crypto"
import type { IncomingMessage } from "node:http"
import type { Log } from "../log.ts"
import type { Digest } from "../oci/index.ts"
import { Outbox } from "../outbox/index.ts"
import type { NotificationEndpoint, RegistryAction } from "./options.ts"

/** What happened to a manifest, a tag or a blob. */
export interface RegistryEvent {
  readonly action: RegistryAction
  readonly repository: string
  readonly digest?: Digest
  readonly mediaType?: string
  readonly size?: number
  readonly tag?: string
  /** For `mount`. */
  readonly fromRepository?: string
}

const contentType = "application/vnd.docker.distribution.events.v1+json"

/** Sends events in docker-distribution's envelope ("Work with notifications"), one event each, in order, with retry. */
export class Notifier {
  #endpoints: readonly NotificationEndpoint[]
  readonly #outbox: Outbox
  readonly #instance = randomUUID()
  /** One request may be told in several events. */
  readonly #requestIds = new WeakMap<IncomingMessage, string>()

  constructor(endpoints: readonly NotificationEndpoint[], log: Log) {
    this.#endpoints = endpoints
    this.#outbox = new Outbox({ log })
  }

  setEndpoints(endpoints: readonly NotificationEndpoint[]): void {
    this.#endpoints = endpoints
  }

  emit(event: RegistryEvent, request: IncomingMessage, actor: string): void {
    const endpoints = this.#endpoints.filter(({ ignoreActions }) => !ignoreActions?.includes(event.action))
    if (endpoints.length === 0) return
    const id = randomUUID()
    const body = JSON.stringify({ events: [this.#envelope(id, event, request, actor)] })
    for (const { url, headers } of endpoints) {
      this.#outbox.send({ id, url, headers: { ...headers, "content-type": contentType }, body })
    }
  }

  close(): Promise<void> {
    return this.#outbox.close()
  }

  #requestId(request: IncomingMessage): string {
    const known = this.#requestIds.get(request) ?? randomUUID()
    this.#requestIds.set(request, known)
    return known
  }

  #envelope(id: string, event: RegistryEvent, request: IncomingMessage, actor: string): unknown {
    const { action, repository, digest, mediaType, size, tag, fromRepository } = event
    const host = request.headers.host
    const isManifest = mediaType !== undefined && mediaType !== blobType
    const address =
      digest === undefined || action === "delete"
        ? undefined
        : `http://${host}/v2/${repository}/${isManifest ? "manifests" : "blobs"}/${digest}`
    return {
      id,
      timestamp: new Date().toISOString(),
      action,
      // Absent fields are left out by JSON.stringify, as the original's omitempty does.
      target: { mediaType, size, digest, length: size, repository, fromRepository, url: address, tag },
      request: {
        id: this.#requestId(request),
        addr: `${request.socket.remoteAddress}:${request.socket.remotePort}`,
        host,
        method: request.method,
        useragent: request.headers["user-agent"] ?? "",
      },
      actor: actor === "" ? {} : { name: actor },
      source: { addr: host, instanceID: this.#instance },
    }
  }
}

export const blobType = "application/octet-stream"
