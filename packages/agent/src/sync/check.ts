import { describeObjectId, parseObjectId, type DesiredObject, type Manifest, type ManifestProblem } from "@serin/core"
import type { KubeClient, KubeFailure, KubeObject } from "../kube/index.ts"
import { mapBounded } from "./bounded.ts"
import { safeMessage } from "./secrets.ts"

export interface CheckOptions {
  readonly client: KubeClient
  /** Namespace of the Repository: stands in for one that this revision only creates. */
  readonly namespace: string
  /** Whether a namespace is known not to be there yet: nothing can be tried in it. */
  readonly isAbsent: (namespace: string) => boolean
}

export type Verdict =
  | { readonly kind: "good"; readonly object: DesiredObject }
  | { readonly kind: "bad"; readonly object: DesiredObject; readonly problem: ManifestProblem }
  /** Its kind is defined in this revision and not served yet: to be checked once it is. */
  | { readonly kind: "later"; readonly object: DesiredObject }
  /** The API could not be asked. */
  | { readonly kind: "unknown"; readonly object: DesiredObject; readonly failure: KubeFailure }

/** Asks the API, by dry run with strict field validation, whether it would take these objects. Changes nothing. */
export function checkObjects(objects: readonly DesiredObject[], options: CheckOptions): Promise<readonly Verdict[]> {
  const created = new Set(
    objects.flatMap(({ id, object }) => (id.startsWith("Namespace//") ? [object.metadata.name] : [])),
  )
  return mapBounded(objects, (object) => checkObject(object, created, options))
}

async function checkObject(
  object: DesiredObject,
  created: ReadonlySet<string>,
  { client, namespace, isAbsent }: CheckOptions,
): Promise<Verdict> {
  const dryRun = (manifest: Manifest) =>
    client.apply<Manifest & KubeObject>(manifest, { dryRun: true, fieldValidation: "Strict" })
  const own = parseObjectId(object.id).namespace
  if (!created.has(own) || !isAbsent(own)) {
    const first = await dryRun(object.object)
    if (first.ok) return { kind: "good", object }
    if (!isMissingNamespace(first.error) || !created.has(own)) return verdictOf(object, first.error)
  }
  const second = await dryRun(standIn(object, namespace))
  // Whether it may be written where it belongs is seen when it is.
  return second.ok || second.error.code === "KUBE_FORBIDDEN"
    ? { kind: "good", object }
    : verdictOf(object, second.error)
}

/** The same object in a namespace that exists, under a name that does not. */
function standIn({ object, hash }: DesiredObject, namespace: string): Manifest {
  return { ...object, metadata: { ...object.metadata, namespace, name: `serin-check-${hash}` } }
}

/** What an object's failure, tried or applied, says about the revision. */
export function verdictOf(object: DesiredObject, failure: KubeFailure): Verdict {
  if (failure.code === "KUBE_UNKNOWN_KIND") return { kind: "later", object }
  if (mayStillBeApplied(failure)) return { kind: "good", object }
  if (failure.code === "KUBE_INVALID" || failure.code === "KUBE_FORBIDDEN" || isMissingNamespace(failure)) {
    const { path, line, id } = object
    const message = safeMessage(object, failure.message).replaceAll(
      `serin-check-${object.hash}`,
      object.object.metadata.name,
    )
    return {
      kind: "bad",
      object,
      problem: { path, line, object: describeObjectId(id), message: message + wayOut(failure) },
    }
  }
  return { kind: "unknown", object, failure }
}

/** The account's rights end here, which no correction of the manifest mends. An admission's refusal reads otherwise. */
function wayOut(failure: KubeFailure): string {
  if (failure.code !== "KUBE_FORBIDDEN" || !/User ".*" cannot \w+ resource/.test(failure.message)) return ""
  return " (grant the account this right, for a namespace by `serin install --namespace NAME`, or leave the object out of Git)"
}

/** Failures that concern one object at one moment, not what the revision says. */
function mayStillBeApplied(failure: KubeFailure): boolean {
  return isImmutable(failure) || awaitsAccount(failure) || /does not support dry run/.test(failure.message)
}

/** The API refuses to change a field of an object that exists. */
export function isImmutable(failure: KubeFailure): boolean {
  return (
    failure.code === "KUBE_INVALID" &&
    /immutable|may not change|cannot change|updates to .* are forbidden|for fields other than/i.test(failure.message)
  )
}

/** A pod in a namespace so new that its `default` service account is not there yet. */
export function awaitsAccount(failure: KubeFailure): boolean {
  return failure.code === "KUBE_FORBIDDEN" && /error looking up service account/.test(failure.message)
}

function isMissingNamespace(failure: KubeFailure): boolean {
  return failure.code === "KUBE_NOT_FOUND" && failure.about.kind === "namespaces"
}
