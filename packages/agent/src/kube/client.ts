import { Connection, type ConnectionOptions, type Headers } from "./connection.ts"
import type { Credentials } from "./credentials.ts"
import { Discovery } from "./discovery.ts"
import { KubeFailure, type KubeResult } from "./failure.ts"
import { readWatch } from "./watch-stream.ts"
import type {
  ApplyOptions,
  DeleteOptions,
  Impersonation,
  Kind,
  KubeClient,
  KubeList,
  KubeObject,
  ListOptions,
  ObjectRef,
  PatchOptions,
  ResourceInfo,
  WatchEvent,
  WatchOptions,
  WriteOptions,
} from "./types.ts"

export const fieldManager = "serin"

/** Objects per page: what kubectl takes. */
const pageSize = 500

const patchTypes = {
  json: "application/json-patch+json",
  merge: "application/merge-patch+json",
  strategic: "application/strategic-merge-patch+json",
} as const

/** A client on undici. Close the one made here; those made by `as` share its connections. */
export function createKubeClient(credentials: Credentials, options: ConnectionOptions = {}): KubeClient {
  const connection = new Connection(credentials, options)
  return new UndiciKubeClient(connection, new Discovery(connection), {})
}

class UndiciKubeClient implements KubeClient {
  readonly server: string
  readonly #connection: Connection
  readonly #discovery: Discovery
  readonly #headers: Headers

  constructor(connection: Connection, discovery: Discovery, headers: Headers) {
    this.server = connection.server
    this.#connection = connection
    this.#discovery = discovery
    this.#headers = headers
  }

  as(who: Impersonation): KubeClient {
    const headers = {
      "impersonate-user": who.user,
      ...(who.groups ? { "impersonate-group": [...who.groups] } : {}),
    }
    return new UndiciKubeClient(this.#connection, this.#discovery, headers)
  }

  resolve(kind: Kind): Promise<KubeResult<ResourceInfo>> {
    return this.#discovery.resolve(kind)
  }

  async get<T extends KubeObject>(ref: ObjectRef): Promise<KubeResult<T>> {
    const path = await this.#objectPath(ref)
    if (!path.ok) return path
    return this.#connection.json<T>({ method: "GET", path: path.value, headers: this.#headers })
  }

  async list<T extends KubeObject>(kind: Kind, options: ListOptions = {}): Promise<KubeResult<KubeList<T>>> {
    const path = await this.#collectionPath(kind, options.namespace)
    if (!path.ok) return path
    const paged = await this.#pages<T>(path.value, options, kind, pageSize)
    // The pages' snapshot was compacted away between two of them: take all in one piece.
    if (!paged.ok && paged.error.code === "KUBE_GONE") return this.#pages<T>(path.value, options, kind, undefined)
    return paged
  }

  async create<T extends KubeObject>(object: T, options: WriteOptions = {}): Promise<KubeResult<T>> {
    const path = await this.#collectionPath(object, object.metadata.namespace)
    if (!path.ok) return path
    return this.#connection.json<T>({
      method: "POST",
      path: `${path.value}${query(writeParameters(options))}`,
      body: object,
      headers: this.#headers,
    })
  }

  async apply<T extends KubeObject>(object: T, options: ApplyOptions = {}): Promise<KubeResult<T>> {
    const { name, namespace } = object.metadata
    const { apiVersion, kind } = object
    const path = await this.#objectPath({ apiVersion, kind, name, ...(namespace === undefined ? {} : { namespace }) })
    if (!path.ok) return path
    const parameters = { ...writeParameters(options), force: String(options.force ?? true) }
    return this.#connection.json<T>({
      method: "PATCH",
      path: `${path.value}${subresource(options)}${query(parameters)}`,
      body: object,
      contentType: "application/apply-patch+yaml",
      headers: this.#headers,
    })
  }

  async patch<T extends KubeObject>(
    ref: ObjectRef,
    type: keyof typeof patchTypes,
    patch: unknown,
    options: PatchOptions = {},
  ): Promise<KubeResult<T>> {
    const path = await this.#objectPath(ref)
    if (!path.ok) return path
    return this.#connection.json<T>({
      method: "PATCH",
      path: `${path.value}${subresource(options)}${query(writeParameters(options))}`,
      body: patch,
      contentType: patchTypes[type],
      headers: this.#headers,
    })
  }

  async delete(ref: ObjectRef, options: DeleteOptions = {}): Promise<KubeResult<void>> {
    const path = await this.#objectPath(ref)
    if (!path.ok) return path
    const { propagationPolicy, preconditions, dryRun } = options
    const deleted = await this.#connection.json<unknown>({
      method: "DELETE",
      path: path.value,
      body: {
        apiVersion: "v1",
        kind: "DeleteOptions",
        ...(propagationPolicy ? { propagationPolicy } : {}),
        ...(preconditions ? { preconditions } : {}),
        ...(dryRun ? { dryRun: ["All"] } : {}),
      },
      headers: this.#headers,
    })
    return deleted.ok ? { ok: true, value: undefined } : deleted
  }

  async watch<T extends KubeObject>(
    kind: Kind,
    options: WatchOptions,
    onEvent: (event: WatchEvent<T>) => void,
    signal: AbortSignal,
  ): Promise<KubeResult<void>> {
    const path = await this.#collectionPath(kind, options.namespace)
    if (!path.ok) return path
    const parameters = {
      ...selectors(options),
      watch: "true",
      allowWatchBookmarks: "true",
      resourceVersion: options.resourceVersion,
      timeoutSeconds: String(options.timeoutSeconds),
    }
    const opened = await this.#connection.stream(
      { method: "GET", path: `${path.value}${query(parameters)}`, headers: this.#headers },
      signal,
    )
    if (!opened.ok) return signal.aborted ? { ok: true, value: undefined } : opened
    return readWatch<T>(this.server, opened.value, onEvent, signal)
  }

  close(): Promise<void> {
    return this.#connection.close()
  }

  async #pages<T extends KubeObject>(
    path: string,
    options: ListOptions,
    kind: Kind,
    limit: number | undefined,
  ): Promise<KubeResult<KubeList<T>>> {
    const items: T[] = []
    let next: string | undefined
    for (;;) {
      const parameters = {
        ...selectors(options),
        ...(limit === undefined ? {} : { limit: String(limit) }),
        ...(next === undefined ? {} : { continue: next }),
      }
      const page: KubeResult<Page<T>> = await this.#connection.json<Page<T>>({
        method: "GET",
        path: `${path}${query(parameters)}`,
        headers: this.#headers,
      })
      if (!page.ok) return page
      // Items of a list carry neither apiVersion nor kind on the wire.
      for (const item of page.value.items ?? []) items.push({ ...item, apiVersion: kind.apiVersion, kind: kind.kind })
      next = page.value.metadata.continue
      if (!next) return { ok: true, value: { items, resourceVersion: page.value.metadata.resourceVersion ?? "" } }
    }
  }

  async #objectPath(ref: ObjectRef): Promise<KubeResult<string>> {
    const path = await this.#collectionPath(ref, ref.namespace, true)
    return path.ok ? { ok: true, value: `${path.value}/${encodeURIComponent(ref.name)}` } : path
  }

  async #collectionPath(kind: Kind, namespace: string | undefined, one = false): Promise<KubeResult<string>> {
    const resolved = await this.#discovery.resolve(kind)
    if (!resolved.ok) return resolved
    const { group, version, resource, namespaced } = resolved.value
    const base = group === "" ? `/api/${version}` : `/apis/${group}/${version}`
    if (!namespaced) return { ok: true, value: `${base}/${resource}` }
    if (namespace !== undefined)
      return { ok: true, value: `${base}/namespaces/${encodeURIComponent(namespace)}/${resource}` }
    if (!one) return { ok: true, value: `${base}/${resource}` }
    const message = `a ${kind.kind} lives in a namespace, and none was given`
    return { ok: false, error: new KubeFailure("KUBE_INVALID", message) }
  }
}

interface Page<T> {
  readonly metadata: { readonly resourceVersion?: string; readonly continue?: string }
  readonly items?: readonly T[] | null
}

function writeParameters(options: WriteOptions): Record<string, string> {
  return {
    fieldManager: options.fieldManager ?? fieldManager,
    ...(options.dryRun ? { dryRun: "All" } : {}),
    ...(options.fieldValidation ? { fieldValidation: options.fieldValidation } : {}),
  }
}

function selectors({ labelSelector, fieldSelector }: ListOptions): Record<string, string> {
  return { ...(labelSelector ? { labelSelector } : {}), ...(fieldSelector ? { fieldSelector } : {}) }
}

function subresource(options: { readonly subresource?: string }): string {
  return options.subresource ? `/${options.subresource}` : ""
}

function query(parameters: Readonly<Record<string, string>>): string {
  const text = new URLSearchParams(parameters).toString()
  return text === "" ? "" : `?${text}`
}
