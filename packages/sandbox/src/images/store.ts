/** What the kubelet needs of an image after a pull. */
export interface LocalImage {
  /** As written in the pod, e.g. `podinfo:0.1.0`. */
  readonly ref: string
  /** `sha256:…` of the manifest, for `status.containerStatuses[].imageID`. */
  readonly digest: string
  /** Read-only folder with the unpacked root file system, shared by all containers of the image. */
  readonly rootfs: string
  readonly config: {
    readonly entrypoint: readonly string[]
    readonly cmd: readonly string[]
    /** `NAME=value`. */
    readonly env: readonly string[]
    readonly workingDir: string
    readonly user: string
    readonly labels: Readonly<Record<string, string>>
    readonly exposedPorts: readonly string[]
  }
}

/** Pull failed; `reason` is what the kubelet shows as the container's waiting reason. */
export class ImageError extends Error {
  override readonly name = "ImageError"
  constructor(
    readonly reason: "ErrImagePull" | "InvalidImageName" | "ErrImageNeverPull",
    message: string,
  ) {
    super(message)
  }
}

export interface ImageStore {
  /** Concurrent pulls of one reference share the work. `auth` are the decoded image pull secrets, by registry host. */
  pull(ref: string, auth?: ReadonlyMap<string, { username: string; password: string }>): Promise<LocalImage>
  /** Already here: no network. */
  local(ref: string): LocalImage | undefined
}

/**
 * Where references of a registry host are really fetched from, as k3s' `registries.yaml` has it: in the embedded world
 * `docker.io` (so `podinfo:0.1.0`) is the embedded registry. `rewrite` maps repository paths (`^library/(.*)` → `$1`).
 */
export type RegistryMirrors = Readonly<
  Record<string, { readonly endpoint: readonly string[]; readonly rewrite?: Readonly<Record<string, string>> }>
>
