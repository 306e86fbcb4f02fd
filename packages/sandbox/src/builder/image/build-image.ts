import { atLine, BuildError } from "../build-error.ts"
import type { Instruction } from "../dockerfile/instructions.ts"
import { findStage, neededStages, type Dockerfile, type Stage } from "../dockerfile/stages.ts"
import { copy } from "./copy.ts"
import { emptyImage, type Image } from "./image.ts"
import { runCommand } from "./run.ts"
import { settings } from "./settings.ts"
import { textOf, type BuildTools, type StageRun } from "./stage-run.ts"
import type { Platform } from "../../images/index.ts"

/** What the steps need from outside; images are named by their references here. */
export interface BuildInputs extends Omit<BuildTools, "imageNamed"> {
  readonly platform: Platform
  readonly image: (reference: string) => Promise<Image>
}

const defaultShell = ["/bin/sh", "-c"]

/** Builds the last stage of a Dockerfile and what it needs. Throws `BuildError` with the line that fails. */
export async function buildImage(dockerfile: Dockerfile, inputs: BuildInputs): Promise<Image> {
  const built = new Map<Stage, Image>()
  const stages = neededStages(dockerfile)
  const total = stages.reduce((count, { instructions }) => count + instructions.length + 1, 0)
  let done = 0
  const announce = (instruction: Instruction): void => {
    inputs.signal.throwIfAborted()
    done += 1
    inputs.say(`[${done}/${total}] ${textOf(instruction)}`)
  }
  let result = emptyImage(inputs.platform)
  for (const stage of stages) {
    const imageNamed = async (reference: string): Promise<Image> => {
      const earlier = findStage(dockerfile.stages, stage, reference)
      return (earlier && built.get(earlier)) ?? inputs.image(reference)
    }
    announce(stage.from)
    const base = await atLine(stage.from.line, () =>
      stage.base === "scratch" ? emptyImage(inputs.platform) : imageNamed(stage.base),
    )
    let run: StageRun = {
      tools: { ...inputs, imageNamed },
      image: base,
      args: new Map(),
      globals: dockerfile.globals,
      shell: defaultShell,
      ownCmd: false,
    }
    for (const instruction of stage.instructions) {
      announce(instruction)
      run = await atLine(instruction.line, () => apply(run, instruction))
    }
    built.set(stage, run.image)
    result = run.image
  }
  return result
}

function apply(run: StageRun, instruction: Instruction): StageRun | Promise<StageRun> {
  const { keyword } = instruction
  if (keyword === "COPY") return copy(run, instruction)
  if (keyword === "RUN") return runCommand(run, instruction)
  const setting = settings[keyword]
  if (setting) return setting(run, instruction)
  if (keyword === "ADD")
    throw new BuildError("ADD is not understood here", "Use COPY; what ADD would fetch or unpack, commit unpacked.")
  if (keyword === "ONBUILD")
    throw new BuildError("ONBUILD is not understood here", "Write the instruction where it is to take effect.")
  if (keyword === "MAINTAINER")
    throw new BuildError("MAINTAINER is gone", 'Write LABEL org.opencontainers.image.authors="…".')
  throw new BuildError(`${keyword} is no instruction of a Dockerfile`, "Check the spelling.")
}
