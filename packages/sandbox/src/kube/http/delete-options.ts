import { badRequest, invalidField } from "../errors.ts"
import { isRecord, type Json } from "../json.ts"
import type { DeleteOptions, Propagation } from "../verbs/index.ts"
import { dryRun } from "./query.ts"

const KIND = { group: "meta.k8s.io", kind: "DeleteOptions" }

/** From the body, or from the query where there is no body. */
export function deleteOptions(
  body: unknown,
  query: URLSearchParams,
): DeleteOptions & { readonly orphanDependents: boolean | undefined } {
  const given = body === undefined ? fromQuery(query) : checkedBody(body)
  const orphan = typeof given["orphanDependents"] === "boolean" ? given["orphanDependents"] : undefined
  const policy = propagation(given["propagationPolicy"])
  if (policy !== undefined && orphan !== undefined)
    throw invalidField(
      KIND,
      "",
      "propagationPolicy",
      "FieldValueInvalid",
      `Invalid value: ${JSON.stringify(policy)}: orphanDependents and deletionPropagation cannot be both set`,
    )
  const grace = given["gracePeriodSeconds"]
  const dry = Array.isArray(given["dryRun"]) && given["dryRun"].includes("All")
  const preconditions = isRecord(given["preconditions"]) ? given["preconditions"] : {}
  return {
    dryRun: dry || dryRun(query, KIND.kind),
    orphanDependents: orphan,
    ...(typeof grace === "number" ? { gracePeriodSeconds: grace } : {}),
    ...(policy === undefined
      ? orphan === undefined
        ? {}
        : { propagationPolicy: orphan ? "Orphan" : "Background" }
      : { propagationPolicy: policy }),
    preconditions: {
      ...(typeof preconditions["uid"] === "string" ? { uid: preconditions["uid"] } : {}),
      ...(typeof preconditions["resourceVersion"] === "string"
        ? { resourceVersion: preconditions["resourceVersion"] }
        : {}),
    },
  }
}

function checkedBody(body: unknown): Json {
  if (!isRecord(body)) throw badRequest("the body of a deletion is a DeleteOptions object")
  return body
}

function fromQuery(query: URLSearchParams): Json {
  const grace = query.get("gracePeriodSeconds")
  const orphan = query.get("orphanDependents")
  return {
    ...(grace === null || grace === "" ? {} : { gracePeriodSeconds: Number(grace) }),
    ...(orphan === null || orphan === "" ? {} : { orphanDependents: orphan === "true" || orphan === "1" }),
    ...(query.has("propagationPolicy") ? { propagationPolicy: query.get("propagationPolicy") } : {}),
  }
}

function propagation(value: unknown): Propagation | undefined {
  if (value === undefined || value === null || value === "") return undefined
  if (value === "Background" || value === "Foreground" || value === "Orphan") return value
  throw invalidField(
    KIND,
    "",
    "propagationPolicy",
    "FieldValueNotSupported",
    `Unsupported value: ${JSON.stringify(value)}: supported values: "Background", "Foreground", "Orphan", "nil"`,
  )
}
