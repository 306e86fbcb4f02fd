import type { KubeObject } from "../client.ts"
import type { BoundObject, ServiceAccountTokens } from "../auth/service-account-tokens.ts"
import { AUDIENCE } from "../auth/service-account-tokens.ts"
import { badRequest, conflict, invalidField, notFound } from "../errors.ts"
import { isRecord, listAt, numberAt, stringAt, valueAt } from "../json.ts"
import { keyOf } from "../store/index.ts"
import { get, type Machinery, type Target, timestamp } from "../verbs/index.ts"

const DEFAULT_SECONDS = 3_600
const SHORTEST_SECONDS = 600
/** What admission writes into the token volumes of pods. */
const POD_TOKEN_SECONDS = 3_607
const YEAR_SECONDS = 365 * 24 * 60 * 60

/** `serviceaccounts/token`: a token for the account, with its answer in the shape of the request. */
export function requestToken(
  machinery: Machinery,
  tokens: ServiceAccountTokens,
  target: Target,
  request: KubeObject,
): KubeObject {
  const account = get(machinery, target)
  const expirationSeconds = numberAt(request, "spec", "expirationSeconds") ?? DEFAULT_SECONDS
  if (expirationSeconds < SHORTEST_SECONDS)
    throw invalidField(
      { group: "authentication.k8s.io", kind: "TokenRequest" },
      "",
      "spec.expirationSeconds",
      "FieldValueInvalid",
      `Invalid value: ${expirationSeconds}: may not specify a duration less than 10 minutes`,
    )
  const asked = listAt(request, "spec", "audiences").map(String)
  const audiences = asked.length === 0 ? [AUDIENCE] : asked
  const namespace = account.metadata.namespace ?? ""
  const bound = boundObject(machinery, target, namespace, valueAt(request, "spec", "boundObjectRef"))
  const serviceAccount = { name: target.name, uid: account.metadata.uid ?? "" }
  const now = machinery.clock()
  const { managedFields } = request.metadata
  const token = tokens.issue({
    namespace,
    serviceAccount,
    audiences,
    // Pods that were written when tokens did not expire may never read theirs again.
    expirationSeconds:
      bound?.kind === "Pod" && expirationSeconds === POD_TOKEN_SECONDS ? YEAR_SECONDS : expirationSeconds,
    ...(bound === undefined ? {} : { bound }),
  })
  const answer = {
    kind: "TokenRequest",
    apiVersion: "authentication.k8s.io/v1",
    metadata: {
      ...serviceAccount,
      namespace,
      creationTimestamp: timestamp(now),
      ...(managedFields === undefined ? {} : { managedFields }),
    },
    spec: { audiences, expirationSeconds, boundObjectRef: valueAt(request, "spec", "boundObjectRef") ?? null },
    status: { token, expirationTimestamp: timestamp(new Date(now.getTime() + expirationSeconds * 1_000)) },
  }
  return answer
}

const COLLECTIONS: Readonly<Record<string, string>> = { Pod: "pods", Secret: "secrets", Node: "nodes" }

function boundObject(
  machinery: Machinery,
  account: Target,
  namespace: string,
  reference: unknown,
): BoundObject | undefined {
  if (!isRecord(reference)) return undefined
  const kind = stringAt(reference, "kind") ?? ""
  const name = stringAt(reference, "name") ?? ""
  const collection = COLLECTIONS[kind]
  if (collection === undefined || stringAt(reference, "apiVersion") !== "v1")
    throw badRequest(`cannot bind token to object of type ${stringAt(reference, "apiVersion") ?? ""}, Kind=${kind}`)
  const found = machinery.store.collection(collection).get(keyOf(kind === "Node" ? "" : namespace, name))
  if (found === undefined) throw notFound({ group: "", resource: collection }, name)
  if (kind === "Pod" && stringAt(found, "spec", "serviceAccountName") !== account.name)
    throw badRequest(
      `cannot bind token for serviceaccount ${JSON.stringify(account.name)} to pod running with different serviceaccount name.`,
    )
  const uid = stringAt(reference, "uid")
  if (uid !== undefined && uid !== "" && uid !== found.metadata.uid)
    throw conflict(
      { group: "", resource: kind },
      name,
      `the UID in the bound object reference (${uid}) does not match the UID in record. The object might have been deleted and then recreated`,
    )
  return { kind: kind as BoundObject["kind"], name, uid: found.metadata.uid ?? "" }
}
