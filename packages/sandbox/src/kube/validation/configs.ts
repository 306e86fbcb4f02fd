import type { KubeObject } from "../client.ts"
import { equalJson } from "../json.ts"
import type { ConfigMap, Namespace, Secret } from "../types.gen.ts"
import { follows, immutable, sortedEntries } from "./checks.ts"
import { forbidden, invalidValue, required, tooLong, type FieldError } from "./errors.ts"
import { scanJson } from "./json-text.ts"
import { kubeFinalizer, validateMeta, validateMetaUpdate } from "./metadata.ts"
import { configKey, dnsLabel, dnsSubdomain, qualifiedName } from "./names.ts"

const MAX_DATA = 1024 * 1024
const SERVICE_ACCOUNT = "kubernetes.io/service-account.name"

const whenImmutable = "field is immutable when `immutable` is set"

export function* validateConfigMap(object: KubeObject, old?: KubeObject): Iterable<FieldError> {
  const { data, binaryData, immutable: fixed } = object as ConfigMap
  if (old !== undefined) {
    const before = old as ConfigMap
    yield* validateMetaUpdate(object, old)
    if (before.immutable === true) {
      if (fixed !== true) yield forbidden("immutable", whenImmutable)
      if (!equalJson(data ?? {}, before.data ?? {})) yield forbidden("data", whenImmutable)
      if (!equalJson(binaryData ?? {}, before.binaryData ?? {})) yield forbidden("binaryData", whenImmutable)
    }
  }
  yield* validateMeta(object, dnsSubdomain)
  let size = 0
  for (const [key, value] of sortedEntries(data)) {
    yield* follows(configKey, `data[${key}]`, key)
    if (Object.hasOwn(binaryData ?? {}, key)) {
      yield invalidValue(`data[${key}]`, key, "duplicate of key present in binaryData")
    }
    size += Buffer.byteLength(value)
  }
  for (const [key, value] of sortedEntries(binaryData)) {
    yield* follows(configKey, `binaryData[${key}]`, key)
    size += Buffer.byteLength(value, "base64")
  }
  // The real server names no field.
  if (size > MAX_DATA) yield tooLong("[]", MAX_DATA)
}

export function* validateSecret(object: KubeObject, old?: KubeObject): Iterable<FieldError> {
  const { data, type = "", immutable: fixed } = object as Secret
  if (old !== undefined) {
    const before = old as Secret
    yield* validateMetaUpdate(object, old)
    yield* immutable("type", type, before.type)
    if (before.immutable === true) {
      if (fixed !== true) yield forbidden("immutable", whenImmutable)
      if (!equalJson(data ?? {}, before.data ?? {})) yield forbidden("data", whenImmutable)
    }
  }
  yield* validateMeta(object, dnsSubdomain)
  let size = 0
  for (const [key, value] of sortedEntries(data)) {
    yield* follows(configKey, `data[${key}]`, key)
    size += Buffer.byteLength(value, "base64")
  }
  if (size > MAX_DATA) yield tooLong("data", MAX_DATA)
  yield* secretType(object, type)
}

const needed: Readonly<Record<string, readonly string[]>> = {
  "kubernetes.io/ssh-auth": ["ssh-privatekey"],
  "kubernetes.io/tls": ["tls.crt", "tls.key"],
}

function* secretType({ metadata, data = {} }: Secret, type: string): Iterable<FieldError> {
  if (type === "kubernetes.io/service-account-token" && (metadata.annotations?.[SERVICE_ACCOUNT] ?? "") === "") {
    yield required(`metadata.annotations[${SERVICE_ACCOUNT}]`)
  }
  if (type === "kubernetes.io/dockerconfigjson") yield* jsonEntry(data, ".dockerconfigjson")
  if (type === "kubernetes.io/dockercfg") yield* jsonEntry(data, ".dockercfg")
  if (type === "kubernetes.io/basic-auth" && !Object.hasOwn(data, "username") && !Object.hasOwn(data, "password")) {
    yield required("data[username]")
    yield required("data[password]")
  }
  for (const key of needed[type] ?? []) if (!Object.hasOwn(data, key)) yield required(`data[${key}]`)
}

function* jsonEntry(data: Readonly<Record<string, string>>, key: string): Iterable<FieldError> {
  const value = data[key]
  if (value === undefined) {
    yield required(`data[${key}]`)
    return
  }
  const { error } = scanJson(Buffer.from(value, "base64").toString())
  if (error !== undefined) yield invalidValue(`data[${key}]`, "<secret contents redacted>", error)
}

export function* validateNamespace(object: KubeObject, old?: KubeObject): Iterable<FieldError> {
  if (old !== undefined) yield* validateMetaUpdate(object, old)
  else yield* validateMeta(object, dnsLabel)
  for (const finalizer of (object as Namespace).spec?.finalizers ?? []) {
    yield* follows(qualifiedName, "spec.finalizers", finalizer)
    yield* kubeFinalizer("spec.finalizers", finalizer)
  }
}
