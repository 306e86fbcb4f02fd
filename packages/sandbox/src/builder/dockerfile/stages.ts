import { BuildError } from "../build-error.ts"
import { parseInstructions, type Instruction } from "./instructions.ts"
import { expandText, expandWords, type Lookup } from "./words.ts"

/** A stage: a base and what is done on it. */
export interface Stage {
  /** Position in the Dockerfile, from 0. */
  readonly index: number
  readonly name?: string
  /** `scratch`, an image, or the name of an earlier stage. */
  readonly base: string
  readonly from: Instruction
  readonly instructions: readonly Instruction[]
}

export interface Dockerfile {
  readonly stages: readonly Stage[]
  /** What ARG set before the first FROM: visible to FROM, and to stages that declare it again. */
  readonly globals: ReadonlyMap<string, string>
}

/** Reads a Dockerfile into its stages. `buildArg` are values given from outside, which win over defaults. */
export function parseDockerfile(text: string, buildArg: Lookup): Dockerfile {
  const stages: (Stage & { instructions: Instruction[] })[] = []
  const globals = new Map<string, string>()
  for (const instruction of parseInstructions(text)) {
    const stage = stages.at(-1)
    if (instruction.keyword === "FROM") {
      stages.push(parseFrom(instruction, stages, (name) => globals.get(name)))
    } else if (stage) {
      stage.instructions.push(instruction)
    } else if (instruction.keyword === "ARG") {
      for (const [name, value] of parseArg(instruction, (known) => globals.get(known))) {
        globals.set(name, buildArg(name) ?? value ?? "")
      }
    } else {
      throw new BuildError(
        `${instruction.keyword} stands before the first FROM`,
        "Begin with FROM; only ARG may come before.",
        instruction.line,
      )
    }
  }
  if (stages.length === 0)
    throw new BuildError("the Dockerfile has no FROM", "Begin it with FROM and an image, or FROM scratch.")
  return { stages, globals }
}

/** `ARG A=b C`: names with their defaults. */
export function parseArg({ text, line }: Instruction, lookup: Lookup): [string, string | undefined][] {
  const words = expandWords(text, lookup)
  if (words.length === 0) throw new BuildError("ARG names nothing", "Write ARG NAME or ARG NAME=default.", line)
  return words.map((word) => {
    const equals = word.indexOf("=")
    return equals < 0 ? [word, undefined] : [word.slice(0, equals), word.slice(equals + 1)]
  })
}

function parseFrom(
  instruction: Instruction,
  earlier: readonly Stage[],
  lookup: Lookup,
): Stage & { instructions: Instruction[] } {
  const { text, line, flags } = instruction
  const [, image, name] = /^(\S+)(?:\s+[aA][sS]\s+(\S+))?$/.exec(text) ?? []
  if (image === undefined)
    throw new BuildError(`cannot read FROM ${text}`, "Write FROM image or FROM image AS name.", line)
  for (const flag of flags.keys()) {
    if (flag !== "platform") throw new BuildError(`FROM does not know --${flag}`, "Leave it out.", line)
  }
  const base = expandText(image, lookup)
  if (base === "")
    throw new BuildError(
      `FROM ${image} names no image: the variable is empty`,
      "Give the ARG before FROM a default.",
      line,
    )
  const lower = name?.toLowerCase()
  if (lower !== undefined && earlier.some((stage) => stage.name === lower)) {
    throw new BuildError(`there are two stages named ${lower}`, "Give each stage a name of its own.", line)
  }
  return {
    index: earlier.length,
    ...(lower === undefined ? {} : { name: lower }),
    base,
    from: instruction,
    instructions: [],
  }
}

/** The stage that FROM or --from means, by name or number; undefined when it means an image. */
export function findStage(stages: readonly Stage[], before: Stage, reference: string): Stage | undefined {
  const earlier = stages.slice(0, before.index)
  return (
    earlier.find(({ name }) => name === reference.toLowerCase()) ??
    earlier[/^\d+$/.test(reference) ? Number(reference) : -1]
  )
}

/** The last stage and all that it takes from, in the order of the file; others are not built. */
export function neededStages({ stages }: Dockerfile): Stage[] {
  const needed = new Set<Stage>()
  const need = (stage: Stage): void => {
    if (needed.has(stage)) return
    needed.add(stage)
    const copies = stage.instructions.flatMap(({ flags }) => flags.get("from") ?? [])
    const sources = [...(stage.base === "scratch" ? [] : [stage.base]), ...copies]
    for (const source of sources) {
      const found = findStage(stages, stage, source)
      if (found) need(found)
    }
  }
  const last = stages.at(-1)
  if (last) need(last)
  return stages.filter((stage) => needed.has(stage))
}
