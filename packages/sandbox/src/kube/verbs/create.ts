import { ApiError, type KubeObject } from "../client.ts"
import { alreadyExists, badRequest, generateNameConflict } from "../errors.ts"
import { withValue } from "../json.ts"
import { rulesFor } from "../kinds/index.ts"
import { keyOf } from "../store/index.ts"
import { type Caller, type Machinery, ruleContext, type Target, timestamp } from "./machinery.ts"
import { generatedName } from "./names.ts"
import { fromStorage, toStorage } from "./stored.ts"

export interface WriteOptions {
  readonly dryRun: boolean
  /** "" to go by the User-Agent. */
  readonly fieldManager: string
}

/** How often a generated name that is taken is drawn again. */
const NAME_ATTEMPTS = 8

/**
 * Creates the object. `managed` says that its managedFields are complete already, as after server-side apply. The
 * result is in the version of the target.
 */
export function create(
  machinery: Machinery,
  caller: Caller,
  target: Target,
  incoming: KubeObject,
  options: WriteOptions & { readonly managed?: boolean },
): KubeObject {
  const { resource } = target
  if (incoming.metadata.resourceVersion !== undefined && incoming.metadata.resourceVersion !== "")
    throw new ApiError(500, "", "resourceVersion should not be set on objects to be created")
  const context = ruleContext(machinery, options.dryRun)
  const clean = inNamespace(withoutSystemFields(incoming), target)
  const defaulted = machinery.model.defaulted(resource, clean)
  const tracked =
    options.managed === true
      ? defaulted
      : machinery.model.tracked({
          resource,
          before: undefined,
          after: defaulted,
          manager: options.fieldManager || caller.manager,
          subresource: target.subresource,
          now: context.now,
        })
  const request = {
    operation: "CREATE",
    target: { ...target, name: tracked.metadata.name ?? "" },
    old: undefined,
    user: caller.user,
  } as const
  const admitted = machinery.admission.admit({ ...request, object: tracked })
  const identified: KubeObject = {
    ...admitted,
    metadata: { ...admitted.metadata, uid: machinery.uuid(), creationTimestamp: timestamp(machinery.clock()) },
  }
  for (let attempt = 1; ; attempt += 1) {
    const prepared = prepare(machinery, target, named(identified, machinery.random), options.dryRun)
    machinery.admission.check({ ...request, object: prepared })
    const name = prepared.metadata.name ?? ""
    const collection = machinery.store.collection(resource.storage)
    const key = keyOf(target.namespace, name)
    const existing = collection.get(key)
    if (existing === undefined) {
      if (options.dryRun) return prepared
      return fromStorage(machinery.model, resource, collection.put(key, toStorage(machinery.model, resource, prepared)))
    }
    if (identified.metadata.name !== undefined && identified.metadata.name !== "")
      throw alreadyExists(resource, name, existing.metadata.deletionTimestamp !== undefined)
    if (attempt === NAME_ATTEMPTS) throw generateNameConflict(resource, name)
  }
}

function prepare(machinery: Machinery, target: Target, object: KubeObject, dryRun: boolean): KubeObject {
  const rules = rulesFor(target.resource)
  const context = ruleContext(machinery, dryRun)
  const withStatus = rules.hasStatus ? withValue(object, ["status"], rules.initialStatus(object, context)) : object
  const counted =
    rules.desiredStateChanged === undefined ? withStatus : withValue(withStatus, ["metadata", "generation"], 1)
  const prepared = rules.prepareCreate(counted, context)
  machinery.model.validate(target.resource, prepared, undefined, target.subresource)
  return rules.allocate(prepared, undefined, context)
}

function named(object: KubeObject, random: () => number): KubeObject {
  const { name, generateName } = object.metadata
  if ((name !== undefined && name !== "") || generateName === undefined || generateName === "") return object
  return withValue(object, ["metadata", "name"], generatedName(generateName, random))
}

/** What only the server sets. */
function withoutSystemFields(object: KubeObject): KubeObject {
  const {
    uid: _uid,
    creationTimestamp: _creation,
    deletionTimestamp: _deletion,
    deletionGracePeriodSeconds: _grace,
    selfLink: _self,
    resourceVersion: _version,
    ...metadata
  } = object.metadata
  return { ...object, metadata }
}

/** In the namespace of the request; naming another one is an error. */
export function inNamespace(object: KubeObject, target: Target): KubeObject {
  const wanted = target.resource.namespaced ? (target.namespace ?? "") : ""
  const given = object.metadata.namespace ?? ""
  if (given === wanted) return object
  if (given === "") return withValue(object, ["metadata", "namespace"], wanted)
  throw badRequest(
    wanted === ""
      ? "namespace must not be provided for cluster-scoped objects"
      : "the namespace of the provided object does not match the namespace sent on the request",
  )
}
