import type { Log } from "../log.ts"

/** Who may do what. Without `auth` everybody may do all. */
export interface RegistryAuth {
  /**
   * `basic`: credentials with each request. `bearer`: a challenge that names the registry's own token endpoint
   * (`/token`), as Docker Hub and most registries do.
   */
  readonly scheme: "basic" | "bearer"
  readonly users: readonly RegistryUser[]
  /** Whether pulling needs no credentials. */
  readonly anonymousPull: boolean
}

export interface RegistryUser {
  readonly name: string
  readonly password: string
  readonly access: "pull" | "push"
}

export type RegistryAction = "push" | "pull" | "mount" | "delete"

/** Where events are sent, in the envelope that docker-distribution uses. */
export interface NotificationEndpoint {
  readonly url: string
  /** Sent with each notification, e.g. `Authorization`. */
  readonly headers?: Readonly<Record<string, string>>
  /** Actions that are not of interest; pulls are many. */
  readonly ignoreActions?: readonly RegistryAction[]
}

export interface RegistryOptions {
  /** Holds blobs, manifests, tags and unfinished uploads; a registry started on it again serves the same. */
  readonly dataDir: string
  /** 0 or absent: a free one. */
  readonly port?: number
  readonly auth?: RegistryAuth
  readonly notifications?: readonly NotificationEndpoint[]
  readonly log: Log
}

/** A running registry that speaks the OCI distribution API 1.1. */
export interface Registry {
  readonly port: number
  /** `127.0.0.1:5000`, as it stands in front of image references. */
  readonly host: string
  /** `http://127.0.0.1:5000` */
  readonly url: string
  /** Replaces the endpoints from the next event on; events already queued for an endpoint that stays are kept. */
  setNotifications(endpoints: readonly NotificationEndpoint[]): void
  close(): Promise<void>
}
