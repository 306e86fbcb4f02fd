import { ApiError, type KubeObject } from "../client.ts"
import { badRequest } from "../errors.ts"
import { listAt, stringAt } from "../json.ts"
import type { LogOptions, NodeBackend } from "../node-backend.ts"
import { get, type Machinery, type Target } from "../verbs/index.ts"
import { type FieldError, invalid } from "../validation/index.ts"
import { isTrue } from "./request-info.ts"

/** Subresources that leave HTTP for streams of their own. */
export const STREAMS: ReadonlySet<string> = new Set(["exec", "attach", "portforward"])

/** What is wrong with a request for a stream that came as a plain one: the pod if that is the matter, else the request. */
export function needsUpgrade(machinery: Machinery, target: Target, query: URLSearchParams): ApiError {
  streamedPod(machinery, target, query)
  return badRequest("Upgrade request required")
}

/** The container, "" for a port-forward, of a pod that streams can be opened to. Throws a 404 or 400. */
export function streamedPod(machinery: Machinery, target: Target, query: URLSearchParams): string {
  const pod = get(machinery, { ...target, subresource: "" })
  const container = target.subresource === "portforward" ? "" : containerOf(pod, query.get("container"))
  if ((stringAt(pod, "spec", "nodeName") ?? "") === "")
    throw badRequest(`pod ${target.name} does not have a host assigned`)
  return container
}

/** The container that a request means: the one it names, or the only one. Throws a 400. */
export function containerOf(pod: KubeObject, named: string | null): string {
  const name = pod.metadata.name ?? ""
  const containers = namesIn(pod, "containers")
  const all = [...namesIn(pod, "initContainers"), ...containers, ...namesIn(pod, "ephemeralContainers")]
  if (named !== null && named !== "") {
    if (all.includes(named)) return named
    throw badRequest(`container ${named} is not valid for pod ${name}`)
  }
  const [first, ...others] = containers
  if (first !== undefined && others.length === 0) return first
  const choice = first === undefined ? "" : `, choose one of: [${all.join(" ")}]`
  throw badRequest(`a container name must be specified for pod ${name}${choice}`)
}

function namesIn(pod: KubeObject, field: string): string[] {
  return listAt(pod, "spec", field).map((container) => stringAt(container, "name") ?? "")
}

/** Throws a 503: there is nobody yet who runs pods. */
export function requireBackend(backend: NodeBackend | undefined): NodeBackend {
  if (backend !== undefined) return backend
  throw new ApiError(503, "ServiceUnavailable", "no node has joined yet: try again in a moment")
}

/** The options of `pods/log`, without the container. Throws a 422 for values that make no sense. */
export function logOptions(query: URLSearchParams): Omit<LogOptions, "container"> {
  const errors: FieldError[] = []
  const number = (field: string, least: number, why: string): number | undefined => {
    const text = query.get(field) ?? ""
    if (text === "") return undefined
    if (!/^-?\d+$/.test(text)) throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`)
    const value = Number(text)
    if (value < least) errors.push({ field, reason: "FieldValueInvalid", message: `Invalid value: ${value}: ${why}` })
    return value
  }
  const tailLines = number("tailLines", 0, "must be greater than or equal to 0")
  const limitBytes = number("limitBytes", 1, "must be greater than 0")
  const sinceSeconds = number("sinceSeconds", 1, "must be greater than 0")
  const sinceTime = query.get("sinceTime") ?? ""
  if (sinceSeconds !== undefined && sinceTime !== "")
    errors.push({
      field: "",
      reason: "FieldValueForbidden",
      message: "Forbidden: at most one of `sinceTime` or `sinceSeconds` may be specified",
    })
  if (errors.length > 0) throw invalid({ group: "", kind: "PodLogOptions" }, "", errors)
  return {
    follow: isTrue(query.get("follow")),
    previous: isTrue(query.get("previous")),
    timestamps: isTrue(query.get("timestamps")),
    ...(tailLines === undefined ? {} : { tailLines }),
    ...(limitBytes === undefined ? {} : { limitBytes }),
    ...(sinceSeconds === undefined ? {} : { sinceSeconds }),
    ...(sinceTime === "" ? {} : { sinceTime }),
  }
}
