import { equalJson } from "../json.ts"
import type { CustomResourceDefinitionSpec, CustomResourceDefinitionVersion } from "../types.gen.ts"

/** What a version may say for itself, and the real server keeps once if all versions say the same. */
const parts = ["schema", "subresources", "additionalPrinterColumns", "selectableFields"] as const
type Parts = Partial<Pick<CustomResourceDefinitionVersion, (typeof parts)[number]>>

/** Where the real server looks for something: errors name that place, which is not always the one that was written. */
export interface Place {
  readonly path: string
  readonly parts: Parts
}

export interface Hoisted {
  /** The one place of what all versions share. */
  readonly shared: Place
  readonly versions: readonly Place[]
}

/** The definition's versions in the real server's own form, which errors are told in. */
export function hoisted({ versions }: CustomResourceDefinitionSpec): Hoisted {
  const [first, ...others] = versions
  const isShared = (part: (typeof parts)[number]): boolean =>
    others.every((version) => equalJson(version[part] ?? null, first?.[part] ?? null))
  const own = (version: CustomResourceDefinitionVersion | undefined, shared: boolean): Parts =>
    Object.fromEntries(
      parts
        .filter((part) => isShared(part) === shared && version?.[part] !== undefined)
        .map((part) => [part, version?.[part]]),
    )
  return {
    shared: { path: "spec", parts: own(first, true) },
    versions: versions.map((version, index) => ({ path: `spec.versions[${index}]`, parts: own(version, false) })),
  }
}

/** The versions as the real server prints them in a message: the names of its fields, and all of them. */
export function printedVersions(spec: CustomResourceDefinitionSpec): unknown {
  const places = hoisted(spec).versions
  return spec.versions.map(({ name, served, storage, deprecated, deprecationWarning }, index) => {
    const { schema, subresources, additionalPrinterColumns, selectableFields } = places[index]?.parts ?? {}
    return {
      Name: name,
      Served: served,
      Storage: storage,
      Deprecated: deprecated ?? false,
      DeprecationWarning: deprecationWarning ?? null,
      Schema: schema ?? null,
      Subresources: subresources ?? null,
      AdditionalPrinterColumns: additionalPrinterColumns ?? null,
      SelectableFields: selectableFields ?? null,
    }
  })
}
