import type { KubeObject } from "../client.ts"
import { invalidField } from "../errors.ts"
import { listAt, stringAt } from "../json.ts"
import type { RuleContext } from "./rules.ts"

/** 10.96.0.0/12; the first addresses are kept for services that ask for theirs, as the real allocator does. */
const NETWORK = (10 << 24) | (96 << 16)
const SIZE = 2 ** 20
const KEPT = 256

const FIRST_NODE_PORT = 30_000
const NODE_PORTS = 2_768

/** A random address that no service has. */
export function freeAddress(service: KubeObject, { stored, random }: RuleContext): string {
  const used = new Set(stored("services").flatMap((other) => listAt(other, "spec", "clusterIPs")))
  const start = KEPT + Math.floor(random() * (SIZE - KEPT - 1))
  for (let step = 0; step < SIZE; step += 1) {
    const offset = KEPT + ((start - KEPT + step) % (SIZE - KEPT - 1))
    const address = format(NETWORK + offset)
    if (!used.has(address)) return address
  }
  throw invalidField(
    { group: "", kind: "Service" },
    service.metadata.name ?? "",
    "spec.clusterIPs",
    "InternalError",
    "Internal error: failed to allocate a serviceIP: range is full",
  )
}

/** An address that was asked for must be free and within the range. */
export function checkAddress(service: KubeObject, { stored, dryRun }: RuleContext): void {
  const asked = stringAt(service, "spec", "clusterIP") ?? ""
  if (asked === "" || asked === "None") return
  const name = service.metadata.name ?? ""
  const refuse = (why: string) =>
    invalidField(
      { group: "", kind: "Service" },
      name,
      "spec.clusterIPs",
      "FieldValueInvalid",
      `Invalid value: ["${asked}"]: failed to allocate IP ${asked}: ${why}`,
    )
  if (!inRange(asked))
    // A dry run asks elsewhere.
    throw refuse(
      dryRun
        ? `the provided IP (${asked}) is not in the valid range. The range of valid IPs is 10.96.0.0/12`
        : "the provided network does not match the current range",
    )
  const taken = stored("services").some(
    (other) => other.metadata.uid !== service.metadata.uid && listAt(other, "spec", "clusterIPs").includes(asked),
  )
  if (taken) throw refuse("provided IP is already allocated")
}

/** A port that was asked for must be free and within the range; a dry run takes any. */
export function checkPort(service: KubeObject, port: number, index: number, { stored, dryRun }: RuleContext): void {
  if (dryRun) return
  const { name = "", uid } = service.metadata
  const refuse = (why: string) =>
    invalidField(
      { group: "", kind: "Service" },
      name,
      `spec.ports[${index}].nodePort`,
      "FieldValueInvalid",
      `Invalid value: ${port}: ${why}`,
    )
  if (port < FIRST_NODE_PORT || port >= FIRST_NODE_PORT + NODE_PORTS)
    throw refuse("provided port is not in the valid range. The range of valid ports is 30000-32767")
  const others = stored("services").filter(({ metadata }) => metadata.uid !== uid)
  if (others.some((other) => listAt(other, "spec", "ports").some((one) => nodePortOf(one) === port)))
    throw refuse("provided port is already allocated")
}

/** `taken` are those given to other ports of the same service, the result is added. */
export function freePort({ stored, random }: RuleContext, taken: Set<number>): number {
  const used = new Set(stored("services").flatMap((other) => listAt(other, "spec", "ports").map(nodePortOf)))
  const start = Math.floor(random() * NODE_PORTS)
  for (let step = 0; step < NODE_PORTS; step += 1) {
    const port = FIRST_NODE_PORT + ((start + step) % NODE_PORTS)
    if (used.has(port) || taken.has(port)) continue
    taken.add(port)
    return port
  }
  throw invalidField(
    { group: "", kind: "Service" },
    "",
    "spec.ports",
    "InternalError",
    "Internal error: failed to allocate a nodePort: range is full",
  )
}

const nodePortOf = (port: unknown): unknown => (port as Readonly<Record<string, unknown>>)["nodePort"]

const format = (address: number): string => [24, 16, 8, 0].map((shift) => (address >>> shift) & 255).join(".")

function inRange(address: string): boolean {
  const parts = address.split(".").map(Number)
  return parts.length === 4 && parts[0] === 10 && (parts[1] ?? 0) >= 96 && (parts[1] ?? 0) < 112
}
