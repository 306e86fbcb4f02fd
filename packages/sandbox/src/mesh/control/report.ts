import { ApiError, type KubeClient, type KubeObject, type ResourceRef } from "../../kube/client.ts"
import type { Event } from "../../kube/types.gen.ts"
import type { Log } from "../../log.ts"
import type { Problem } from "./problems.ts"

/** Istio's `status.validationMessages`: codes only; the texts are in events. */
interface ValidationMessage {
  readonly type: { readonly name: string; readonly code: string }
  readonly level: "ERROR" | "WARNING"
  readonly documentationUrl: string
}

interface IstioStatus {
  readonly validationMessages?: readonly ValidationMessage[]
}

/**
 * Brings the status of Istio's objects in line with what is wrong with them, and tells each new problem by an event,
 * which `kubectl describe` shows. Compares with what the objects say now, so it may be called at any time.
 */
export async function reportProblems(
  client: KubeClient,
  objects: readonly (KubeObject & { readonly status?: IstioStatus })[],
  problems: readonly Problem[],
  log: Log,
): Promise<void> {
  for (const object of objects) {
    const own = problems.filter((problem) => problem.object.metadata === object.metadata)
    const wanted = messagesOf(own)
    const present = object.status?.validationMessages ?? []
    if (JSON.stringify(wanted.map(identity)) === JSON.stringify(present.map(identity))) continue
    const { name = "", namespace = "default" } = object.metadata
    const status = { validationMessages: wanted.length > 0 ? wanted : null }
    try {
      await client.patch(refOf(object), name, namespace, "merge", { status }, { subresource: "status" })
      const known = new Set(present.map(identity))
      for (const problem of own) {
        log("mesh: problem in the configuration", {
          object: `${object.kind} ${namespace}/${name}`,
          problem: problem.message,
        })
        if (!known.has(`${problem.code} ${problem.name}`)) await client.create(events, eventOf(problem))
      }
    } catch (error) {
      // Gone, or its namespace is going, since it was listed.
      if (!(error instanceof ApiError) || ![403, 404].includes(error.code)) throw error
      log("mesh: no status written", { object: `${object.kind} ${namespace}/${name}`, error: error.message })
    }
  }
}

const events: ResourceRef = { group: "", version: "v1", resource: "events" }

function identity({ type }: ValidationMessage): string {
  return `${type.code} ${type.name}`
}

/** One message for each kind of problem. */
function messagesOf(problems: readonly Problem[]): ValidationMessage[] {
  const byCode = new Map(problems.map((problem) => [problem.code, problem]))
  return [...byCode.values()].map(({ name, code, level }) => ({
    type: { name, code },
    level: level === "Error" ? "ERROR" : "WARNING",
    documentationUrl: code.startsWith("IST")
      ? `https://istio.io/latest/docs/reference/config/analysis/${code.toLowerCase()}/`
      : "",
  }))
}

function refOf({ apiVersion, kind }: KubeObject): ResourceRef {
  const [group = "", version = "v1"] = apiVersion.split("/")
  return { group, version, resource: `${kind.toLowerCase()}s` }
}

function eventOf({ object, name, message }: Problem): Event {
  const { metadata, apiVersion, kind } = object
  const namespace = metadata.namespace ?? "default"
  const now = new Date().toISOString().replace(/\.\d+Z$/, "Z")
  return {
    apiVersion: "v1",
    kind: "Event",
    metadata: { generateName: `${metadata.name ?? "object"}.`, namespace },
    involvedObject: {
      apiVersion,
      kind,
      namespace,
      ...(metadata.name === undefined ? {} : { name: metadata.name }),
      ...(metadata.uid === undefined ? {} : { uid: metadata.uid }),
      ...(metadata.resourceVersion === undefined ? {} : { resourceVersion: metadata.resourceVersion }),
    },
    type: "Warning",
    reason: name,
    message,
    source: { component: "istiod" },
    reportingComponent: "istiod",
    firstTimestamp: now,
    lastTimestamp: now,
    count: 1,
  }
}
