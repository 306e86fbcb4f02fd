import { mkdir, realpath, rm, stat } from "node:fs/promises"
import { join, normalize } from "node:path"
import type { Mount } from "../../node/index.ts"
import type {
  Container,
  DownwardAPIVolumeFile,
  Pod,
  ProjectedVolumeSource,
  ServiceAccountTokenProjection,
  Volume,
  VolumeMount,
} from "../../kube/types.gen.ts"
import { ConfigError, type Configuration } from "../configuration.ts"
import { expand } from "../environment/expand.ts"
import { fieldValue, resourceValue, type Capacity } from "../environment/field-ref.ts"
import { writeAtomically } from "./atomic-folder.ts"
import { filesOfKeys, type VolumeFile } from "./volume-file.ts"

/** A volume that cannot be had; worded as the kubelet's event `FailedMount`. */
export class VolumeError extends Error {
  override readonly name = "VolumeError"
}

interface Source {
  readonly path: string
  /** Its files are the API's, not the pod's to write. */
  readonly fromApi: boolean
}

/** The volumes of one pod, as folders of the host. */
export class PodVolumes {
  private readonly sources = new Map<string, Source>()
  private readonly tokens = new Map<string, { readonly token: string; readonly renewAt: number }>()

  constructor(
    private readonly folder: string,
    private readonly configuration: Configuration,
    private readonly capacity: Capacity,
    /** Milliseconds. */
    private readonly now: () => number,
  ) {}

  /** Makes all volumes, or brings those from the API up to date. Rejects with a `VolumeError` for the first that fails. */
  async prepare(pod: Pod): Promise<void> {
    for (const volume of pod.spec?.volumes ?? []) {
      try {
        this.sources.set(volume.name, await this.make(pod, volume))
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error)
        throw new VolumeError(`MountVolume.SetUp failed for volume ${JSON.stringify(volume.name)} : ${reason}`)
      }
    }
  }

  /** A container's mounts. Rejects with a `ConfigError` for a volume or a part of one that is not there. */
  async mountsOf(container: Container, variables: ReadonlyMap<string, string>): Promise<readonly Mount[]> {
    return Promise.all((container.volumeMounts ?? []).map((mount) => this.mountOf(mount, variables)))
  }

  async remove(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true })
  }

  private async mountOf(mount: VolumeMount, variables: ReadonlyMap<string, string>): Promise<Mount> {
    const source = this.sources.get(mount.name)
    if (source === undefined) throw new ConfigError(`cannot find volume ${JSON.stringify(mount.name)} to mount`)
    const subPath = mount.subPathExpr === undefined ? (mount.subPath ?? "") : expand(mount.subPathExpr, variables)
    const readOnly = source.fromApi || (mount.readOnly ?? false)
    const target = normalize(mount.mountPath.startsWith("/") ? mount.mountPath : `/${mount.mountPath}`)
    return { source: await partOf(source, subPath), target: target.replace(/(.)\/$/, "$1"), readOnly }
  }

  private async make(pod: Pod, volume: Volume): Promise<Source> {
    if (volume.hostPath)
      return { path: await hostPath(volume.hostPath.path, volume.hostPath.type ?? ""), fromApi: false }
    const path = join(this.folder, volume.name)
    await mkdir(path, { recursive: true })
    if (volume.emptyDir) return { path, fromApi: false }
    const files = await this.filesOf(pod, volume)
    if (files === undefined) {
      const kind = Object.keys(volume).find((key) => key !== "name") ?? "unknown"
      throw new ConfigError(`volumes of type ${kind} are not offered by this node`)
    }
    await writeAtomically(path, files)
    return { path, fromApi: true }
  }

  private async filesOf(pod: Pod, volume: Volume): Promise<readonly VolumeFile[] | undefined> {
    const { configMap, secret, downwardAPI, projected } = volume
    const namespace = pod.metadata.namespace ?? ""
    if (configMap) {
      const optional = configMap.optional ?? false
      const data = await this.configuration.configMap(namespace, configMap.name ?? "", optional)
      return filesOfKeys(data ?? new Map(), configMap.items, configMap.defaultMode ?? 0o644, optional)
    }
    if (secret) {
      const optional = secret.optional ?? false
      const data = await this.configuration.secret(namespace, secret.secretName ?? "", optional)
      return filesOfKeys(data ?? new Map(), secret.items, secret.defaultMode ?? 0o644, optional)
    }
    if (downwardAPI) return this.downward(pod, downwardAPI.items ?? [], downwardAPI.defaultMode ?? 0o644)
    return projected && this.projected(pod, projected)
  }

  private async projected(pod: Pod, { sources = [], defaultMode = 0o644 }: ProjectedVolumeSource) {
    const files: VolumeFile[] = []
    const namespace = pod.metadata.namespace ?? ""
    for (const { configMap, secret, downwardAPI, serviceAccountToken, ...others } of sources) {
      if (configMap) {
        const optional = configMap.optional ?? false
        const data = await this.configuration.configMap(namespace, configMap.name ?? "", optional)
        files.push(...filesOfKeys(data ?? new Map(), configMap.items, defaultMode, optional))
      } else if (secret) {
        const optional = secret.optional ?? false
        const data = await this.configuration.secret(namespace, secret.name ?? "", optional)
        files.push(...filesOfKeys(data ?? new Map(), secret.items, defaultMode, optional))
      } else if (downwardAPI) files.push(...this.downward(pod, downwardAPI.items ?? [], defaultMode))
      else if (serviceAccountToken) {
        const token = await this.token(pod, serviceAccountToken)
        files.push({ path: serviceAccountToken.path, data: Buffer.from(token), mode: defaultMode })
      } else throw new ConfigError(`projections of ${Object.keys(others).join()} are not offered by this node`)
    }
    return files
  }

  /** The token at hand as long as most of its time is still to come. */
  private async token(pod: Pod, projection: ServiceAccountTokenProjection): Promise<string> {
    const key = JSON.stringify(projection)
    const known = this.tokens.get(key)
    if (known !== undefined && this.now() < known.renewAt) return known.token
    const token = await this.configuration.token(pod, projection)
    const lifetime = (projection.expirationSeconds ?? 3_600) * 1_000
    this.tokens.set(key, { token, renewAt: this.now() + lifetime * 0.8 })
    return token
  }

  private downward(pod: Pod, items: readonly DownwardAPIVolumeFile[], defaultMode: number): readonly VolumeFile[] {
    return items.map(({ path, fieldRef, resourceFieldRef, mode = defaultMode }) => {
      const [own] = pod.spec?.containers ?? []
      const value = fieldRef
        ? fieldValue(pod, fieldRef.fieldPath, { podIP: "", hostIP: "" })
        : resourceFieldRef && own
          ? resourceValue(pod, own, resourceFieldRef, this.capacity)
          : ""
      return { path, data: Buffer.from(value), mode }
    })
  }
}

/** A folder or file inside of a volume; a folder is made where there is nothing. */
async function partOf({ path, fromApi }: Source, subPath: string): Promise<string> {
  if (subPath === "") return path
  if (subPath.startsWith("/") || subPath.split("/").includes("..")) {
    throw new ConfigError(`subPath ${JSON.stringify(subPath)} must stay inside of its volume`)
  }
  const part = join(path, subPath)
  if (!fromApi) await mkdir(part, { recursive: true }).catch(allowExisting)
  const real = await realpath(part).catch(() => {
    throw new ConfigError(`failed to prepare subPath ${JSON.stringify(subPath)}: no such file`)
  })
  // A link in a volume that the pod writes must not lead out of it.
  if (!real.startsWith(`${await realpath(path)}/`)) {
    throw new ConfigError(`subPath ${JSON.stringify(subPath)} leads out of its volume`)
  }
  return real
}

/** A file where a folder could be made. */
function allowExisting(error: NodeJS.ErrnoException): void {
  if (error.code !== "EEXIST") throw error
}

async function hostPath(path: string, type: string): Promise<string> {
  if (type === "DirectoryOrCreate") await mkdir(path, { recursive: true })
  const found = await stat(path).catch(() => undefined)
  if (found === undefined) throw new ConfigError(`hostPath type check failed: ${path} does not exist`)
  if (type === "Directory" && !found.isDirectory()) {
    throw new ConfigError(`hostPath type check failed: ${path} is not a directory`)
  }
  return path
}
