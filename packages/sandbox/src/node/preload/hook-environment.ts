import type { Mount } from "../node.ts"

/** What a program in the preload way finds in its environment under `SERIN_POD`, as JSON. */
export interface HookEnvironment {
  /** Where the pod's sockets are. */
  readonly folder: string
  readonly podIp: string
  /** The container's own copy of its image, without system folders. */
  readonly root: string
  readonly mounts: readonly Pick<Mount, "source" | "target">[]
}

export const hookVariable = "SERIN_POD"

/** A line on a new connection to `outSocket`: where the program wanted to go, or that it only wants to live as long. */
export type Preface = { readonly host: string; readonly port: number } | { readonly life: true }

export const outSocket = (folder: string): string => `${folder}/out.sock`

/** Where a program's server of this port really listens. */
export const portSocket = (folder: string, port: number, loopback: boolean): string =>
  `${folder}/${loopback ? "lo-" : ""}${port}.sock`

export const isLoopback = (host: string): boolean => host === "localhost" || host === "::1" || host.startsWith("127.")
