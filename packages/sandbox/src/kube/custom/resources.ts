import { compareVersions, groupVersion, type Resource, type ScalePaths, type Subresource } from "../resources/index.ts"
import type {
  CustomResourceDefinition,
  CustomResourceDefinitionSpec,
  CustomResourceDefinitionVersion,
  JSONSchemaProps,
} from "../types.gen.ts"

const VERBS = ["delete", "deletecollection", "get", "list", "patch", "create", "update", "watch"]
const PART_VERBS = ["get", "patch", "update"]

/** Of objects of which nothing is said. */
const ANYTHING: JSONSchemaProps = { type: "object", "x-kubernetes-preserve-unknown-fields": true }

/** The resources that a definition stands for, one for each served version, under the names that were accepted. */
export function customResources({ spec, status }: CustomResourceDefinition): Resource[] {
  const names = status?.acceptedNames
  const established = status?.conditions?.some(({ type, status: is }) => type === "Established" && is === "True")
  if (names === undefined || established !== true) return []
  const stored = spec.versions.find((version) => version.storage)?.name ?? ""
  return spec.versions
    .filter((version) => version.served)
    .map((version): Resource => {
      const ref = { group: spec.group, version: version.name, resource: names.plural }
      const scale = scalePaths(version)
      return {
        ...ref,
        kind: names.kind,
        listKind: names.listKind ?? `${names.kind}List`,
        singular: names.singular ?? names.kind.toLowerCase(),
        namespaced: spec.scope === "Namespaced",
        verbs: VERBS,
        shortNames: names.shortNames ?? [],
        categories: names.categories ?? [],
        subresources: subresourcesOf(version, spec.group, names.kind),
        storage: `${spec.group}/${names.plural}`,
        storageVersion: groupVersion({ group: spec.group, version: stored }),
        custom: true,
        schema: version.schema?.openAPIV3Schema ?? ANYTHING,
        ...deprecationOf(version, names.kind, spec),
        columns: version.additionalPrinterColumns ?? [],
        ...(scale === undefined ? {} : { scale }),
      }
    })
}

function subresourcesOf(
  { name, subresources }: CustomResourceDefinitionVersion,
  group: string,
  kind: string,
): ReadonlyMap<string, Subresource> {
  const parts: Subresource[] = []
  if (subresources?.status !== undefined) parts.push({ name: "status", group, version: name, kind, verbs: PART_VERBS })
  if (subresources?.scale !== undefined)
    parts.push({ name: "scale", group: "autoscaling", version: "v1", kind: "Scale", verbs: PART_VERBS })
  return new Map(parts.map((part) => [part.name, part]))
}

function scalePaths({ subresources }: CustomResourceDefinitionVersion): ScalePaths | undefined {
  const scale = subresources?.scale
  if (scale === undefined) return undefined
  const fields = (path: string): string[] => path.split(".").filter((field) => field !== "")
  return {
    specReplicas: fields(scale.specReplicasPath),
    statusReplicas: fields(scale.statusReplicasPath),
    ...(scale.labelSelectorPath === undefined ? {} : { selector: fields(scale.labelSelectorPath) }),
  }
}

/** What the definition says of a version that is on its way out, or that there is a newer one. */
function deprecationOf(
  version: CustomResourceDefinitionVersion,
  kind: string,
  { group, versions }: CustomResourceDefinitionSpec,
): { readonly deprecation?: string } {
  if (version.deprecated !== true) return {}
  if (version.deprecationWarning !== undefined) return { deprecation: version.deprecationWarning }
  const [better] = versions
    .filter(({ served, deprecated, name }) => served && deprecated !== true && compareVersions(name, version.name) > 0)
    .map(({ name }) => name)
    .sort((a, b) => compareVersions(b, a))
  const advice = better === undefined ? "" : `; use ${group}/${better} ${kind}`
  return { deprecation: `${group}/${version.name} ${kind} is deprecated${advice}` }
}
