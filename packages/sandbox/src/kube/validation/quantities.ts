import { parseQuantity } from "../schema/index.ts"
import type { ResourceRequirements } from "../types.gen.ts"
import { sortedEntries } from "./checks.ts"
import { invalidValue, required, type FieldError } from "./errors.ts"
import { qualifiedName } from "./names.ts"

const ofContainers = new Set(["cpu", "memory", "ephemeral-storage"])
/** Known without a domain, though containers have none of them: quotas do. */
const ofQuotas = new Set([
  ...["cpu", "memory", "ephemeral-storage"].flatMap((name) => [name, `requests.${name}`, `limits.${name}`]),
  "pods",
  "services",
  "replicationcontrollers",
  "secrets",
  "configmaps",
  "persistentvolumeclaims",
  "storage",
  "resourcequotas",
  "services.nodeports",
  "services.loadbalancers",
])

const isHugePages = (name: string): boolean => name.startsWith("hugepages-")
const isNative = (name: string): boolean => !name.includes("/") || name.includes("kubernetes.io/")
const isExtended = (name: string): boolean =>
  !isNative(name) && !name.startsWith("requests.") && qualifiedName(`requests.${name}`).length === 0

/** Quantities are canonical texts when validation sees them. */
const nano = (quantity: number | string): bigint => parseQuantity(String(quantity)).nano

export function* validateResources(path: string, { limits, requests }: ResourceRequirements): Iterable<FieldError> {
  for (const [name, quantity] of sortedEntries<number | string>(limits)) {
    yield* validateQuantity(`${path}.limits[${name}]`, name, quantity)
  }
  for (const [name, quantity] of sortedEntries<number | string>(requests)) {
    yield* validateQuantity(`${path}.requests[${name}]`, name, quantity)
    yield* validateRequest(path, name, quantity, limits?.[name])
  }
}

function* validateQuantity(field: string, name: string, quantity: number | string): Iterable<FieldError> {
  yield* validateName(field, name)
  if (nano(quantity) < 0n) yield invalidValue(field, quantity, "must be greater than or equal to 0")
  if (isExtended(name) && nano(quantity) % 1_000_000_000n !== 0n)
    yield invalidValue(field, quantity, "must be an integer")
}

function* validateName(field: string, name: string): Iterable<FieldError> {
  const problems = qualifiedName(name)
  for (const problem of problems) yield invalidValue(field, name, problem)
  if (!name.includes("/")) {
    if (problems.length === 0 && !ofQuotas.has(name) && !isHugePages(name)) {
      yield invalidValue(field, name, "must be a standard resource type or fully qualified")
    }
    if (!ofContainers.has(name) && !isHugePages(name)) {
      yield invalidValue(field, name, "must be a standard resource for containers")
    }
  } else if (!isNative(name) && !isExtended(name)) {
    yield invalidValue(field, name, "doesn't follow extended resource name standard")
  }
}

function* validateRequest(
  path: string,
  name: string,
  request: number | string,
  limit: number | string | undefined,
): Iterable<FieldError> {
  const mayExceed = isNative(name) && !isHugePages(name)
  if (limit === undefined) {
    if (!mayExceed) yield required(`${path}.limits`, "Limit must be set for non overcommitable resources")
  } else if (!mayExceed && nano(request) !== nano(limit)) {
    yield invalidValue(`${path}.requests`, request, `must be equal to ${name} limit of ${limit}`)
  } else if (nano(request) > nano(limit)) {
    yield invalidValue(`${path}.requests`, request, `must be less than or equal to ${name} limit of ${limit}`)
  }
}
