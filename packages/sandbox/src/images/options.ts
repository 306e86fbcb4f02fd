import type { Log } from "../log.ts"
import type { ImageStore, RegistryMirrors } from "./store.ts"

export interface Platform {
  readonly os: string
  readonly architecture: string
  readonly variant?: string
}

export interface ImageStoreOptions {
  /** Unpacked images live here and are found again by the next store on the same folder. */
  readonly dataDir: string
  readonly mirrors: RegistryMirrors
  /** What to take from an image index. Default: linux on this machine's architecture. */
  readonly platform?: Platform
  readonly log: Log
}

/** The signature of `createImageStore` in image-store.ts. */
export type CreateImageStore = (options: ImageStoreOptions) => Promise<ImageStore>
