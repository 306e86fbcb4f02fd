import type { KeyToPath } from "../../kube/types.gen.ts"
import { ConfigError } from "../configuration.ts"

/** A file of a volume. `path` is relative and has no `..`. */
export interface VolumeFile {
  readonly path: string
  readonly data: Buffer
  /** Permission bits. */
  readonly mode: number
}

/**
 * The files that keys of a ConfigMap or Secret become: all of them under their own names, or those of `items`. Throws a
 * ConfigError for a key that is not there, unless that is optional.
 */
export function filesOfKeys(
  data: ReadonlyMap<string, Buffer>,
  items: readonly KeyToPath[] | undefined,
  defaultMode: number,
  optional: boolean,
): readonly VolumeFile[] {
  if (items === undefined || items.length === 0) {
    return [...data].map(([key, value]) => ({ path: key, data: value, mode: defaultMode }))
  }
  return items.flatMap(({ key, path, mode = defaultMode }) => {
    const value = data.get(key)
    if (value !== undefined) return [{ path, data: value, mode }]
    if (optional) return []
    throw new ConfigError(`references non-existent config key: ${key}`)
  })
}
