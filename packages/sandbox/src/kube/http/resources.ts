import { ApiError, type KubeObject, type PatchType } from "../client.ts"
import { badRequest, methodNotAllowed, notServed, unsupportedMediaType } from "../errors.ts"
import type { Json } from "../json.ts"
import type { NodeBackend } from "../node-backend.ts"
import type { Resource } from "../resources/index.ts"
import {
  type Caller,
  create,
  type Deleted,
  type DeleteOptions,
  get,
  list,
  type Machinery,
  patch,
  remove,
  type Target,
  timestamp,
  update,
} from "../verbs/index.ts"
import { type Operation, operationKey, type Operations } from "../operations.ts"
import { getScale, patchScale, updateScale } from "../subresources/index.ts"
import { parseBody, type ParsedBody, parseJson, parseYaml, readBody } from "./body.ts"
import { deleteOptions } from "./delete-options.ts"
import { bodyEncoding, mediaType, negotiate, type Representation } from "./negotiate.ts"
import { listQuery, patchOptions, selectors, watchParameters, writeOptions } from "./query.ts"
import type { ResourceRequest } from "./request-info.ts"
import { typedBody } from "./typed-body.ts"
import { type Exchange, sendJson } from "./respond.ts"
import { sendLogs } from "./pod-logs.ts"
import { needsUpgrade, STREAMS } from "./pods.ts"
import type { Presenter } from "./present.ts"
import { streamWatch } from "./watch-stream.ts"

export interface ResourceHandlerContext {
  readonly machinery: Machinery
  readonly operations: Operations
  readonly presenter: Presenter
  readonly decodeProtobuf: (body: Buffer) => Promise<unknown>
  /** Who runs the pods, once somebody does. */
  readonly backend: () => NodeBackend | undefined
  /** Ends every watch. */
  readonly stop: AbortSignal
}

/** Answers a request that names a resource and has been authorized. Throws ApiErrors. */
export async function handleResource(
  context: ResourceHandlerContext,
  info: ResourceRequest,
  exchange: Exchange,
  caller: Caller,
): Promise<void> {
  const { machinery } = context
  const resource = machinery.catalog.find(info)
  if (resource === undefined) throw notServed()
  if (!isForOne(info) && info.subresource === "" && NAMED_VERBS.has(info.verb)) throw methodNotAllowed()
  if (isForOne(info) && info.subresource === "" && info.verb === "create") throw methodNotAllowed()
  if (resource.deprecation !== undefined) caller.warn(resource.deprecation)
  const target = targetOf(resource, info)
  const subresource = info.subresource === "" ? undefined : resource.subresources.get(info.subresource)
  if (info.subresource !== "" && subresource === undefined) throw notServed()
  if (!(subresource ?? resource).verbs.includes(info.verb)) throw methodNotAllowed()
  const representation = negotiate(exchange.request.headers.accept)
  const { presenter } = context
  const operation = info.verb === "create" ? context.operations.get(operationKey(target)) : undefined
  if (operation !== undefined) return operate(context, operation, target, exchange, caller, representation)
  if (target.resource.storage === "pods") {
    if (info.subresource === "log") return sendLogs(machinery, target, context.backend(), exchange)
    if (STREAMS.has(info.subresource)) throw needsUpgrade(machinery, target, exchange.url.searchParams)
  }
  if (info.subresource === "scale") return scale(context, info.verb, target, exchange, caller, representation)
  const present = (object: KubeObject) => presenter.object(resource, object, representation, exchange.url)
  switch (info.verb) {
    case "get": {
      const version = exchange.url.searchParams.get("resourceVersion") ?? ""
      return sendJson(exchange, 200, present(get(machinery, target, version)), representation)
    }
    case "list": {
      const query = listQuery(exchange.url.searchParams)
      const listed = list(machinery, { ...target, name: "" }, query)
      return sendJson(exchange, 200, presenter.list(resource, listed, representation, exchange.url), representation)
    }
    case "watch":
      return startWatch(context, target, representation, exchange)
    case "create": {
      const options = writeOptions(exchange.url.searchParams)
      const body = await readObject(context, exchange, resource, options, caller)
      const created = create(machinery, caller, target, body, options)
      return sendJson(exchange, 201, present(created), representation)
    }
    case "update": {
      const options = writeOptions(exchange.url.searchParams, "UpdateOptions")
      const body = await readObject(context, exchange, resource, options, caller)
      const written = update(machinery, caller, target, body, options)
      return sendJson(exchange, written.created ? 201 : 200, present(written.object), representation)
    }
    case "patch": {
      const { type, body } = await readPatch(exchange, resource)
      const options = patchOptions(exchange.url.searchParams, type === "apply")
      const written = patch(machinery, caller, target, type, body, options)
      return sendJson(exchange, written.created ? 201 : 200, present(written.object), representation)
    }
    case "delete": {
      const options = await readDeleteOptions(context, exchange)
      const deleted = remove(machinery, target, options)
      const code = !deleted.gone && options.orphanDependents === false ? 202 : 200
      return sendJson(
        exchange,
        code,
        deletedAnswer(presenter, target, deleted, representation, exchange),
        representation,
      )
    }
    case "deletecollection":
      return deleteCollection(context, target, representation, exchange)
    default:
      throw methodNotAllowed()
  }
}

/** A POST that does something instead of storing what was sent. */
async function operate(
  context: ResourceHandlerContext,
  operation: Operation,
  target: Target,
  exchange: Exchange,
  caller: Caller,
  representation: Representation,
): Promise<void> {
  const kind = target.resource.subresources.get(target.subresource) ?? target.resource
  const { value, problems } = await readParsed(context, exchange, kind.kind)
  const { machinery } = context
  const options = writeOptions(exchange.url.searchParams)
  const resource = { ...target.resource, group: kind.group, version: kind.version, kind: kind.kind }
  const body = typedBody(value, kind, machinery.catalog)
  const decoded = machinery.model.decode(resource, body, options.fieldValidation, caller.warn, problems)
  const tracked = machinery.model.tracked({
    resource,
    before: undefined,
    after: machinery.model.defaulted(resource, decoded),
    manager: options.fieldManager || caller.manager,
    subresource: target.subresource,
    now: timestamp(machinery.clock()),
  })
  const answer = operation({ caller, target, body: tracked, dryRun: options.dryRun })
  const done = { kind: "Status", apiVersion: "v1", metadata: {}, status: "Success", code: 201 }
  return sendJson(exchange, 201, answer ?? done, representation)
}

async function scale(
  context: ResourceHandlerContext,
  verb: string,
  target: Target,
  exchange: Exchange,
  caller: Caller,
  representation: Representation,
): Promise<void> {
  const { machinery } = context
  const options = writeOptions(exchange.url.searchParams, "UpdateOptions")
  if (verb === "get") return sendJson(exchange, 200, getScale(machinery, target), representation)
  if (verb === "patch") {
    const { type, body } = await readPatch(exchange, target.resource)
    const patching = patchOptions(exchange.url.searchParams, type === "apply")
    return sendJson(exchange, 200, patchScale(machinery, caller, target, type, body, patching), representation)
  }
  const kind = { group: "autoscaling", version: "v1", kind: "Scale" }
  const { value } = await readParsed(context, exchange, kind.kind)
  const body = typedBody(value, kind, machinery.catalog)
  const scaled = updateScale(machinery, caller, target, body as Json & KubeObject, options)
  return sendJson(exchange, 200, scaled, representation)
}

async function readParsed(
  { decodeProtobuf }: ResourceHandlerContext,
  { request }: Exchange,
  kind: string,
): Promise<ParsedBody> {
  const encoding = bodyEncoding(request.headers["content-type"])
  return parseBody(await readBody(request), encoding, kind, decodeProtobuf)
}

const NAMED_VERBS = new Set(["update", "patch"])

const isForOne = (info: ResourceRequest): boolean => info.name !== ""

function targetOf(resource: Resource, info: ResourceRequest): Target {
  if (!resource.namespaced && info.namespace !== "" && resource.resource !== "namespaces") throw notServed()
  const namespace = resource.namespaced && info.namespace !== "" ? info.namespace : undefined
  const single = info.verb !== "list" && info.verb !== "watch"
  if (resource.namespaced && namespace === undefined && single && info.verb !== "deletecollection") throw notServed()
  return { resource, namespace, name: info.name, subresource: info.subresource }
}

async function readObject(
  context: ResourceHandlerContext,
  exchange: Exchange,
  resource: Resource,
  options: ReturnType<typeof writeOptions>,
  caller: Caller,
): Promise<KubeObject> {
  const { model, catalog } = context.machinery
  const { value, problems } = await readParsed(context, exchange, resource.kind)
  const body = typedBody(value, resource, catalog, (other, otherBody) => {
    decodeAs(resource.kind, () => model.decode(other, otherBody, "Ignore", caller.warn))
  })
  return model.decode(resource, body, options.fieldValidation, caller.warn, problems)
}

/** A body of another kind fails on its own account first, but the message says what was wanted. */
function decodeAs(kind: string, decode: () => void): void {
  try {
    decode()
  } catch (error) {
    if (!(error instanceof ApiError)) throw error
    throw badRequest(error.message.replace(/cannot be handled as a \w+:/, `cannot be handled as a ${kind}:`))
  }
}

const PATCH_TYPES: Readonly<Record<string, PatchType>> = {
  "application/json-patch+json": "json",
  "application/merge-patch+json": "merge",
  "application/strategic-merge-patch+json": "strategic",
  "application/apply-patch+yaml": "apply",
}

const UNSUPPORTED = "415: Unsupported Media Type"

async function readPatch({ request }: Exchange, resource: Resource): Promise<{ type: PatchType; body: unknown }> {
  const types = Object.keys(PATCH_TYPES).filter((name) => !resource.custom || PATCH_TYPES[name] !== "strategic")
  const given = mediaType(request.headers["content-type"])
  const type = PATCH_TYPES[given]
  if (type === undefined || !types.includes(given))
    throw resource.custom ? unsupportedMediaType(types) : new ApiError(415, "UnsupportedMediaType", UNSUPPORTED, {})
  const text = (await readBody(request)).toString("utf8")
  const failure = (why: string) => badRequest(`error decoding ${type === "apply" ? "YAML" : "patch"}: ${why}`)
  // YAML is a superset of JSON, which most clients send.
  const { value } = type === "apply" ? await parseYaml(text, failure) : parseJson(text, failure)
  return { type, body: value }
}

async function readDeleteOptions(
  context: ResourceHandlerContext,
  { request, url }: Exchange,
): Promise<ReturnType<typeof deleteOptions>> {
  const bytes = await readBody(request)
  const body =
    bytes.length === 0
      ? undefined
      : await parseBody(bytes, bodyEncoding(request.headers["content-type"]), "DeleteOptions", context.decodeProtobuf)
  return deleteOptions(body?.value, url.searchParams)
}

/** The object, or for most kinds only that it is gone. */
function deletedAnswer(
  presenter: Presenter,
  { resource, name }: Target,
  deleted: Deleted,
  representation: Representation,
  { url }: Exchange,
): unknown {
  if (!deleted.gone || presenter.returnsDeleted(resource))
    return presenter.object(resource, deleted.object, representation, url)
  return {
    kind: "Status",
    apiVersion: "v1",
    metadata: {},
    status: "Success",
    details: {
      name,
      ...(resource.group === "" ? {} : { group: resource.group }),
      kind: resource.resource,
      uid: deleted.object.metadata.uid,
    },
  }
}

async function deleteCollection(
  context: ResourceHandlerContext,
  target: Target,
  representation: Representation,
  exchange: Exchange,
): Promise<void> {
  const options: DeleteOptions = await readDeleteOptions(context, exchange)
  const { machinery, presenter } = context
  const listed = list(machinery, target, selectors(exchange.url.searchParams))
  const items: KubeObject[] = []
  for (const { metadata } of listed.items) {
    const one = { ...target, namespace: metadata.namespace, name: metadata.name ?? "" }
    items.push(remove(machinery, one, options).object)
  }
  return sendJson(
    exchange,
    200,
    presenter.list(target.resource, { ...listed, items }, representation, exchange.url),
    representation,
  )
}

function startWatch(
  { machinery, presenter, stop }: ResourceHandlerContext,
  target: Target,
  representation: Representation,
  exchange: Exchange,
): void {
  const parameters = watchParameters(exchange.url.searchParams)
  const view = presenter.stream(target.resource, representation, exchange.url)
  streamWatch(machinery, target, parameters, view, representation.contentType, exchange, stop)
}
