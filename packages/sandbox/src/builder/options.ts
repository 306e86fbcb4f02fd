import type { Log } from "../log.ts"
import type { RegistryMirrors } from "../images/index.ts"

export interface BuilderOptions {
  /** Holds builds with their logs and what they have produced; unfinished builds go on after a restart. */
  readonly dataDir: string
  readonly port?: number
  /** Where repositories are fetched from: `{url}/{owner}/{name}.git` with the given credentials. */
  readonly git: { readonly url: string; readonly username: string; readonly token: string }
  /** Where images are pushed to: `{host}/{image}:{tag}`. */
  readonly registry: {
    /** `http://127.0.0.1:5000` */
    readonly url: string
    readonly credentials?: { readonly username: string; readonly password: string }
  }
  /** How `FROM name` finds its registry; the same list that nodes have. */
  readonly mirrors: RegistryMirrors
  /** Key of the webhook's `X-Hub-Signature-256`. */
  readonly webhookSecret: string
  /** Repository in the registry for a repository of the git host. Default: its last part, `team/podinfo` → `podinfo`. */
  readonly imageName?: (repository: string) => string
  readonly log: Log
}

type BuildState = "queued" | "running" | "succeeded" | "failed" | "superseded"

/** As `GET /builds` and `GET /builds/{id}` answer it. */
export interface Build {
  readonly id: number
  /** `team/podinfo` */
  readonly repository: string
  readonly tag: string
  readonly commit: string
  /** `podinfo:0.2.1` */
  readonly image: string
  readonly state: BuildState
  readonly queuedAt: string
  readonly startedAt?: string
  readonly finishedAt?: string
  /** Of the pushed manifest. */
  readonly digest?: string
  /** What failed, where, and what to do next. */
  readonly error?: string
}

/** A running builder. `GET /builds`, `GET /builds/{id}`, `GET /builds/{id}/log[?follow=true]`, `POST /webhook`. */
export interface Builder {
  readonly port: number
  /** `http://127.0.0.1:7000` */
  readonly url: string
  /** What a git host's push hook is pointed at. */
  readonly webhookUrl: string
  /** Newest first. */
  builds(): readonly Build[]
  /** Resolves as soon as no build waits or runs. */
  idle(): Promise<void>
  /** Running builds are stopped and go on at the next start. */
  close(): Promise<void>
}
