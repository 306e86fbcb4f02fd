import { parseQuantity } from "../schema/index.ts"
import type {
  DownwardAPIVolumeFile,
  EmptyDirVolumeSource,
  HostPathVolumeSource,
  KeyToPath,
  ProjectedVolumeSource,
  Volume,
} from "../types.gen.ts"
import { isEmpty, requiredName } from "./checks.ts"
import { fieldSelector, resourceSelector } from "./environment.ts"
import { duplicate, forbidden, invalidValue, notSupported, required, type FieldError } from "./errors.ts"
import { dnsLabel } from "./names.ts"

/** In the order in which the real server looks at them: the first one counts. */
const sources = [
  "emptyDir",
  "hostPath",
  "gitRepo",
  "gcePersistentDisk",
  "awsElasticBlockStore",
  "secret",
  "nfs",
  "iscsi",
  "glusterfs",
  "flocker",
  "persistentVolumeClaim",
  "rbd",
  "cinder",
  "cephfs",
  "quobyte",
  "downwardAPI",
  "fc",
  "flexVolume",
  "configMap",
  "azureFile",
  "vsphereVolume",
  "photonPersistentDisk",
  "portworxVolume",
  "azureDisk",
  "storageos",
  "projected",
  "scaleIO",
  "csi",
  "ephemeral",
  "image",
] as const

export interface ValidatedVolumes {
  /** Volumes that containers may mount. */
  readonly names: ReadonlySet<string>
  readonly errors: readonly FieldError[]
}

export function validateVolumes(field: string, volumes: readonly Volume[]): ValidatedVolumes {
  const names = new Set<string>()
  const errors: FieldError[] = []
  for (const [index, volume] of volumes.entries()) {
    const path = `${field}[${index}]`
    const own = [...validateSource(path, volume), ...requiredName(dnsLabel, `${path}.name`, volume.name)]
    if (names.has(volume.name)) own.push(duplicate(`${path}.name`, volume.name))
    if (own.length === 0) names.add(volume.name)
    errors.push(...own)
  }
  return { names, errors }
}

function* validateSource(path: string, volume: Volume): Iterable<FieldError> {
  const [first, ...others] = sources.filter((source) => volume[source] !== undefined)
  if (first === undefined) {
    yield required(path, "must specify a volume type")
    return
  }
  yield* validateOne(path, volume)
  for (const other of others) yield forbidden(`${path}.${other}`, "may not specify more than 1 volume type")
}

function* validateOne(path: string, volume: Volume): Iterable<FieldError> {
  const { emptyDir, hostPath, secret, persistentVolumeClaim, downwardAPI, configMap, projected } = volume
  if (emptyDir !== undefined) yield* validateEmptyDir(`${path}.emptyDir`, emptyDir)
  else if (hostPath !== undefined) yield* validateHostPath(`${path}.hostPath`, hostPath)
  else if (secret !== undefined) {
    if (isEmpty(secret.secretName)) yield required(`${path}.secret.secretName`)
    yield* mode(`${path}.secret.defaultMode`, secret.defaultMode)
    yield* keysToPaths(`${path}.secret.items`, secret.items)
  } else if (persistentVolumeClaim !== undefined) {
    if (persistentVolumeClaim.claimName === "") yield required(`${path}.persistentVolumeClaim.claimName`)
  } else if (downwardAPI !== undefined) {
    yield* mode(`${path}.downwardAPI.defaultMode`, downwardAPI.defaultMode)
    for (const file of downwardAPI.items ?? []) yield* downwardFile(`${path}.downwardAPI`, file)
  } else if (configMap !== undefined) {
    if (isEmpty(configMap.name)) yield required(`${path}.configMap.name`)
    yield* mode(`${path}.configMap.defaultMode`, configMap.defaultMode)
    yield* keysToPaths(`${path}.configMap.items`, configMap.items)
  } else if (projected !== undefined) yield* validateProjected(`${path}.projected`, projected)
}

function* validateEmptyDir(path: string, { sizeLimit }: EmptyDirVolumeSource): Iterable<FieldError> {
  if (sizeLimit !== undefined && parseQuantity(String(sizeLimit)).nano < 0n) {
    yield forbidden(`${path}.sizeLimit`, "SizeLimit field must be a valid resource quantity")
  }
}

const hostPathTypes = [
  "",
  "BlockDevice",
  "CharDevice",
  "Directory",
  "DirectoryOrCreate",
  "File",
  "FileOrCreate",
  "Socket",
]

function* validateHostPath(field: string, { path, type = "" }: HostPathVolumeSource): Iterable<FieldError> {
  if (path === "") {
    yield required(`${field}.path`)
    return
  }
  yield* withoutBacksteps(`${field}.path`, path)
  if (!hostPathTypes.includes(type)) yield notSupported(`${field}.type`, type, hostPathTypes)
}

function* keysToPaths(field: string, items: readonly KeyToPath[] = []): Iterable<FieldError> {
  for (const [index, item] of items.entries()) yield* keyToPath(`${field}[${index}]`, item)
}

function* keyToPath(field: string, item: KeyToPath): Iterable<FieldError> {
  if (item.key === "") yield required(`${field}.key`)
  if (item.path === "") yield required(`${field}.path`)
  yield* localPath(`${field}.path`, item.path)
  yield* mode(`${field}.mode`, item.mode)
}

function* downwardFile(field: string, file: DownwardAPIVolumeFile): Iterable<FieldError> {
  if (file.path === "") yield required(`${field}.path`)
  yield* localPath(`${field}.path`, file.path)
  if (file.fieldRef !== undefined) {
    yield* fieldSelector(`${field}.fieldRef`, file.fieldRef, "volume")
    if (file.resourceFieldRef !== undefined) {
      yield invalidValue(field, "resource", "fieldRef and resourceFieldRef can not be specified simultaneously")
    }
  } else if (file.resourceFieldRef !== undefined) {
    if (isEmpty(file.resourceFieldRef.containerName)) yield required(`${field}.resourceFieldRef.containerName`)
    else yield* resourceSelector(`${field}.resourceFieldRef`, file.resourceFieldRef)
  } else yield required(field, "one of fieldRef and resourceFieldRef is required")
  yield* mode(`${field}.mode`, file.mode)
}

function* validateProjected(field: string, { sources = [], defaultMode }: ProjectedVolumeSource): Iterable<FieldError> {
  yield* mode(`${field}.defaultMode`, defaultMode)
  const taken = new Set<string>()
  function* unique(shown: string, path: string): Iterable<FieldError> {
    if (path !== "" && taken.has(path)) yield invalidValue(field, shown, "conflicting duplicate paths")
    taken.add(path)
  }
  for (const [index, source] of sources.entries()) {
    const path = `${field}.sources[${index}]`
    const { secret, configMap, downwardAPI, serviceAccountToken } = source
    for (const [kind, keyed] of [["secret", secret] as const, ["configMap", configMap] as const]) {
      if (keyed === undefined) continue
      if (isEmpty(keyed.name)) yield required(`${path}.${kind}.name`)
      for (const [at, item] of (keyed.items ?? []).entries()) {
        yield* keyToPath(`${path}.${kind}.items[${at}]`, item)
        yield* unique(keyed.name ?? "", item.path)
      }
    }
    for (const file of downwardAPI?.items ?? []) {
      yield* downwardFile(`${path}.downwardAPI`, file)
      yield* unique(file.path, file.path)
    }
    if (serviceAccountToken !== undefined) {
      const seconds = serviceAccountToken.expirationSeconds ?? 3600
      if (seconds < 600) {
        yield invalidValue(
          `${path}.serviceAccountToken.expirationSeconds`,
          seconds,
          "may not specify a duration less than 10 minutes",
        )
      }
      if (serviceAccountToken.path === "") yield required(`${field}.path`)
      else yield* localPath(`${field}.path`, serviceAccountToken.path)
    }
    if ([secret, configMap, downwardAPI, serviceAccountToken].filter((one) => one !== undefined).length > 1) {
      yield forbidden(path, "may not specify more than 1 volume type per source")
    }
  }
}

function* mode(field: string, value: number | undefined): Iterable<FieldError> {
  if (value === undefined || (value >= 0 && value <= 0o777)) return
  yield invalidValue(field, value, "must be a number between 0 and 0777 (octal), both inclusive")
}

/** A relative path that stays below where it starts. */
export function* descendingPath(field: string, path: string): Iterable<FieldError> {
  if (path.startsWith("/")) yield invalidValue(field, path, "must be a relative path")
  yield* withoutBacksteps(field, path)
}

/** Like `descendingPath`; names with two leading dots are the kubelet's own. */
function* localPath(field: string, path: string): Iterable<FieldError> {
  yield* descendingPath(field, path)
  if (path.startsWith("..") && !path.startsWith("../")) yield invalidValue(field, path, "must not start with '..'")
}

function* withoutBacksteps(field: string, path: string): Iterable<FieldError> {
  if (path.split("/").includes("..")) yield invalidValue(field, path, "must not contain '..'")
}
