import { isIPv4, isIPv6 } from "node:net"
import type { KubeObject } from "../client.ts"
import type { Endpoint, EndpointSlice } from "../types.gen.ts"
import { ipAddress, reachable } from "./addresses.ts"
import { follows, immutable, isEmpty } from "./checks.ts"
import { duplicate, invalidValue, notSupported, required, tooMany, type FieldError } from "./errors.ts"
import { validateMeta, validateMetaUpdate } from "./metadata.ts"
import { dnsLabel, dnsSubdomain, qualifiedName } from "./names.ts"
import { protocols } from "./services.ts"

const addressTypes = ["FQDN", "IPv4", "IPv6"]
const MAX_ENDPOINTS = 1000
const MAX_ADDRESSES = 100

export function* validateEndpointSlice(object: KubeObject, old?: KubeObject): Iterable<FieldError> {
  const { addressType, endpoints, ports } = object as EndpointSlice
  if (old !== undefined) yield* validateMetaUpdate(object, old)
  yield* validateMeta(object, dnsSubdomain)
  if (isEmpty(addressType)) yield required("addressType")
  else if (!addressTypes.includes(addressType)) yield notSupported("addressType", addressType, addressTypes)
  yield* slicePorts(ports ?? [])
  if ((endpoints ?? []).length > MAX_ENDPOINTS) yield tooMany("endpoints", (endpoints ?? []).length, MAX_ENDPOINTS)
  else {
    for (const [index, endpoint] of (endpoints ?? []).entries()) {
      yield* validateEndpoint(`endpoints[${index}]`, endpoint, addressType)
    }
  }
  if (old !== undefined) yield* immutable("addressType", addressType, (old as EndpointSlice).addressType)
}

function* slicePorts(ports: NonNullable<EndpointSlice["ports"]>): Iterable<FieldError> {
  const names = new Set<string>()
  for (const [index, { name = "", protocol, appProtocol }] of ports.entries()) {
    const path = `ports[${index}]`
    if (name !== "") yield* follows(dnsLabel, `${path}.name`, name)
    if (names.has(name)) yield duplicate(`${path}.name`, name)
    names.add(name)
    if (protocol === undefined) yield required(`${path}.protocol`)
    else if (!protocols.includes(protocol)) yield notSupported(`${path}.protocol`, protocol, protocols)
    if (appProtocol !== undefined) yield* follows(qualifiedName, `${path}.appProtocol`, appProtocol)
  }
}

function* validateEndpoint(path: string, endpoint: Endpoint, addressType: string): Iterable<FieldError> {
  const { nodeName, hostname } = endpoint
  const addresses = endpoint.addresses ?? []
  const field = `${path}.addresses`
  if (addresses.length === 0) yield required(field, "must contain at least 1 address")
  if (addresses.length > MAX_ADDRESSES) yield tooMany(field, addresses.length, MAX_ADDRESSES)
  for (const [index, address] of addresses.entries()) {
    if (addressType === "FQDN") yield* follows(dnsSubdomain, `${field}[${index}]`, address)
    if (addressType !== "IPv4" && addressType !== "IPv6") continue
    if (ipAddress(address).length > 0) {
      yield* follows(ipAddress, `${field}[${index}]`, address)
      continue
    }
    const fits = addressType === "IPv4" ? isIPv4(address) : isIPv6(address)
    if (!fits) yield invalidValue(field, address, `must be an ${addressType} address`)
    yield* follows(reachable, `${field}[${index}]`, address)
  }
  if (nodeName !== undefined) yield* follows(dnsSubdomain, `${path}.nodeName`, nodeName)
  if (hostname !== undefined) yield* follows(dnsLabel, `${path}.hostname`, hostname)
}
