import type { CheckResult } from "../api/types.ts"
import { definitions } from "../install/index.ts"
import type { KubeClient, KubeObject } from "../kube/index.ts"
import { bad, good } from "./result.ts"

/** The part of an OpenAPI v3 schema that names fields. */
export interface Schema {
  readonly type?: string
  readonly properties?: Readonly<Record<string, Schema>>
  readonly items?: Schema
  readonly additionalProperties?: Schema | boolean
  readonly "x-kubernetes-preserve-unknown-fields"?: boolean
}
interface Definition extends KubeObject {
  readonly spec: {
    readonly names: { readonly kind: string }
    readonly versions: readonly { readonly name: string; readonly schema?: { readonly openAPIV3Schema: Schema } }[]
  }
}

const name = "definitions"
const expected: readonly Definition[] = definitions

/** Whether the cluster knows Serin's kinds, with all fields that this version writes: it drops those that it does not know. */
export async function checkDefinitions(kube: KubeClient): Promise<CheckResult> {
  for (const ours of expected) {
    const { kind } = ours.spec.names
    const resolved = await kube.resolve({ apiVersion: "serin.dev/v1alpha1", kind })
    if (resolved.ok) continue
    if (resolved.error.code !== "KUBE_UNKNOWN_KIND") return bad(name, resolved.error)
    return bad(name, {
      message: `this cluster does not know ${kind} of serin.dev/v1alpha1`,
      next: "Install Serin with `serin install --git-url … --apply`.",
    })
  }
  for (const ours of expected) {
    const { apiVersion, kind, metadata } = ours
    const theirs = await kube.get<Definition>({ apiVersion, kind, name: metadata.name })
    if (!theirs.ok && theirs.error.code === "KUBE_FORBIDDEN")
      return good(name, `are served; their fields were not looked at: ${theirs.error.message}`)
    if (!theirs.ok) return bad(name, theirs.error)
    const missing = missingFields(schemaOf(ours), schemaOf(theirs.value))
    if (missing.length === 0) continue
    return bad(name, {
      message: `${ours.spec.names.kind} is that of another version: it has no ${missing.slice(0, 3).join(", ")}`,
      next: "Apply this version's: `serin install … --apply`, or `kubectl apply --server-side -f charts/serin/crds`.",
    })
  }
  return good(name, "Repository, Canary and Delivery are served, with all fields of this version")
}

const schemaOf = ({ spec }: Definition): Schema =>
  spec.versions.find((version) => version.name === "v1alpha1")?.schema?.openAPIV3Schema ?? {}

/** Paths of fields (`status.live.weight`, `spec.hooks[].url`) that `ours` has and `theirs` would drop. */
export function missingFields(ours: Schema, theirs: Schema, path = ""): string[] {
  if (theirs["x-kubernetes-preserve-unknown-fields"] === true) return []
  const fields = Object.entries(ours.properties ?? {}).flatMap(([field, schema]) => {
    const at = path === "" ? field : `${path}.${field}`
    const known = theirs.properties?.[field]
    return known === undefined ? [at] : missingFields(schema, known, at)
  })
  const items = ours.items === undefined ? [] : missingFields(ours.items, theirs.items ?? {}, `${path}[]`)
  return [...fields, ...items, ...missingFieldsOfValues(ours, theirs, path)]
}

/** A map's values; those of any kind (`true`) know every field. */
function missingFieldsOfValues(ours: Schema, theirs: Schema, path: string): string[] {
  const [mine, known] = [ours.additionalProperties, theirs.additionalProperties]
  if (typeof mine !== "object" || known === true) return []
  return missingFields(mine, typeof known === "object" ? known : {}, `${path}.*`)
}
