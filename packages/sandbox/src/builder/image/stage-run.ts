import type { Snapshots } from "../../images/index.ts"
import type { SourceTree } from "../context/source-tree.ts"
import type { Instruction } from "../dockerfile/instructions.ts"
import type { Lookup } from "../dockerfile/words.ts"
import { environmentOf, layerSources, type Image } from "./image.ts"

/** What all stages of a build share. */
export interface BuildTools {
  /** The checked-out repository, without what .dockerignore leaves out. */
  readonly context: SourceTree
  /** The time that everything in the image gets: that of the commit. */
  readonly at: Date
  readonly snapshots: Snapshots
  readonly layersFolder: string
  /** Values for ARG from outside. */
  readonly buildArg: Lookup
  /** An image by the name of a stage or its reference. */
  readonly imageNamed: (reference: string) => Promise<Image>
  /** A line for the build's log. */
  readonly say: (line: string) => void
  readonly signal: AbortSignal
}

/** A stage while it is built. */
export interface StageRun {
  readonly tools: BuildTools
  readonly image: Image
  /** What ARG has declared in this stage. */
  readonly args: ReadonlyMap<string, string>
  readonly globals: ReadonlyMap<string, string>
  /** Of RUN and of the shell forms. */
  readonly shell: readonly string[]
  /** CMD was set in this stage: a base's CMD does not outlive a new ENTRYPOINT. */
  readonly ownCmd: boolean
}

/** ENV wins over ARG (Dockerfile reference, "Using ARG variables"). */
export function lookupOf({ image, args }: StageRun): Lookup {
  const environment = environmentOf(image.config)
  return (name) => environment.get(name) ?? args.get(name)
}

/** The stage's root file system as it is now; read-only. */
export function rootOf({ tools, image }: Pick<StageRun, "tools" | "image">): Promise<string> {
  return tools.snapshots.make(layerSources(image))
}

/** How an instruction appears in the image's history and in the log. */
export function textOf({ keyword, flags, text }: Instruction): string {
  const written = [...flags].map(([name, value]) => (value === "" ? `--${name}` : `--${name}=${value}`))
  return [keyword, ...written, text].join(" ")
}
