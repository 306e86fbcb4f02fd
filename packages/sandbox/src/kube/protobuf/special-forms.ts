import { numberAt, stringAt, type Json } from "../json.ts"

/** Messages that JSON writes as something else than an object. Byte strings are in base64 already. */
export const specialForms: Readonly<Record<string, (message: Json) => unknown>> = {
  ".k8s.io.apimachinery.pkg.util.intstr.IntOrString": (message) =>
    numberAt(message, "type") === 1 ? (stringAt(message, "strVal") ?? "") : (numberAt(message, "intVal") ?? 0),
  ".k8s.io.apimachinery.pkg.api.resource.Quantity": (message) => stringAt(message, "string") ?? "0",
  ".k8s.io.apimachinery.pkg.apis.meta.v1.Time": (message) => time(message)?.replace(/\.\d+Z$/, "Z") ?? null,
  ".k8s.io.apimachinery.pkg.apis.meta.v1.MicroTime": (message) => time(message) ?? null,
  ".k8s.io.apimachinery.pkg.apis.meta.v1.FieldsV1": (message) => embeddedJson(stringAt(message, "Raw")),
  ".k8s.io.apimachinery.pkg.runtime.RawExtension": (message) => embeddedJson(stringAt(message, "raw")),
  ".k8s.io.api.authentication.v1.ExtraValue": (message) => message["items"] ?? [],
  ".k8s.io.api.authorization.v1.ExtraValue": (message) => message["items"] ?? [],
  ".k8s.io.api.certificates.v1.ExtraValue": (message) => message["items"] ?? [],
}

/** RFC 3339 with microseconds; undefined for the zero time, which is an empty message. */
function time(message: Json): string | undefined {
  const seconds = numberAt(message, "seconds")
  if (seconds === undefined) return undefined
  const micros = Math.floor((numberAt(message, "nanos") ?? 0) / 1000)
  return new Date(seconds * 1000).toISOString().replace(/\.\d+Z$/, `.${String(micros).padStart(6, "0")}Z`)
}

function embeddedJson(base64: string | undefined): unknown {
  if (base64 === undefined || base64 === "") return null
  return JSON.parse(Buffer.from(base64, "base64").toString("utf8"))
}
