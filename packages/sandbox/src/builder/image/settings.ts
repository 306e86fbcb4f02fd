import { posix } from "node:path"
import { findInRoot } from "../../images/index.ts"
import { BuildError } from "../build-error.ts"
import type { Instruction } from "../dockerfile/instructions.ts"
import { parseArg } from "../dockerfile/stages.ts"
import { execForm, expandText, expandWords, keyValues } from "../dockerfile/words.ts"
import { missingParents } from "./copy.ts"
import { environmentOf, withConfig, withLayer, type ContainerConfig } from "./image.ts"
import { writeLayer, type LayerEntry } from "./layer-writer.ts"
import { lookupOf, rootOf, textOf, type StageRun } from "./stage-run.ts"

/** Instructions that change no files, WORKDIR aside, which makes its folder. */
export type Setting = (run: StageRun, instruction: Instruction) => StageRun | Promise<StageRun>

const configured = (run: StageRun, change: ContainerConfig, instruction: Instruction): StageRun => ({
  ...run,
  image: withConfig(run.image, change, textOf(instruction), run.tools.at),
})

const arg: Setting = (run, instruction) => {
  const args = new Map(run.args)
  for (const [name, value] of parseArg(instruction, lookupOf(run))) {
    const given = run.tools.buildArg(name) ?? value ?? run.globals.get(name)
    if (given !== undefined) args.set(name, given)
  }
  return { ...run, args }
}

const env: Setting = (run, instruction) => {
  const environment = environmentOf(run.image.config)
  for (const [name, value] of keyValues(instruction.text, lookupOf(run))) environment.set(name, value)
  return configured(run, { Env: [...environment].map(([name, value]) => `${name}=${value}`) }, instruction)
}

const label: Setting = (run, instruction) => {
  const labels = { ...run.image.config.Labels, ...Object.fromEntries(keyValues(instruction.text, lookupOf(run))) }
  return configured(run, { Labels: labels }, instruction)
}

const expose: Setting = (run, instruction) => {
  const ports = expandWords(instruction.text, lookupOf(run)).map((word) => {
    const [, port, protocol = "tcp"] = /^(\d{1,5})(?:\/(tcp|udp|sctp))?$/i.exec(word) ?? []
    if (port === undefined || Number(port) > 65_535)
      throw new BuildError(`EXPOSE ${word} is no port`, "Write a port, or port/udp.")
    return [`${port}/${protocol.toLowerCase()}`, {}] as const
  })
  const exposed = { ...run.image.config.ExposedPorts, ...Object.fromEntries(ports) }
  return configured(run, { ExposedPorts: exposed }, instruction)
}

const user: Setting = (run, instruction) => {
  const name = expandText(instruction.text, lookupOf(run))
  if (name === "") throw new BuildError("USER names nobody", "Write USER name or USER uid:gid.")
  return configured(run, { User: name }, instruction)
}

const workdir: Setting = async (run, instruction) => {
  const path = posix.resolve("/", run.image.config.WorkingDir ?? "/", expandText(instruction.text, lookupOf(run)))
  const set = configured(run, { WorkingDir: path }, instruction)
  const root = await rootOf(run)
  if (await findInRoot(root, path.split("/"))) return set
  const folder: LayerEntry = { kind: "folder", path: path.slice(1), mode: 0o755 }
  const layer = await writeLayer(
    [...(await missingParents(root, [folder])), folder],
    run.tools.at,
    run.tools.layersFolder,
  )
  // One instruction is one entry of the history: the layer's takes the place of the setting's.
  const history = set.image.history.slice(0, -1)
  return { ...set, image: withLayer({ ...set.image, history }, layer, textOf(instruction), run.tools.at) }
}

const entrypoint: Setting = (run, instruction) => {
  const Entrypoint = commandOf(run, instruction)
  return configured(run, run.ownCmd ? { Entrypoint } : { Entrypoint, Cmd: null }, instruction)
}

const cmd: Setting = (run, instruction) => ({
  ...configured(run, { Cmd: commandOf(run, instruction) }, instruction),
  ownCmd: true,
})

const shell: Setting = (run, instruction) => {
  const words = execForm(instruction.text)
  if (!words || words.length === 0) throw new BuildError("SHELL is no list", 'Write SHELL ["/bin/sh", "-c"].')
  return { ...configured(run, {}, instruction), shell: words }
}

const stopSignal: Setting = (run, instruction) =>
  configured(run, { StopSignal: expandText(instruction.text, lookupOf(run)) }, instruction)

const volume: Setting = (run, instruction) => {
  const lookup = lookupOf(run)
  const paths = execForm(instruction.text) ?? expandWords(instruction.text, lookup)
  const volumes = Object.fromEntries(paths.map((path) => [path, {}]))
  return configured(
    run,
    { Volumes: { ...(run.image.config["Volumes"] as object | undefined), ...volumes } },
    instruction,
  )
}

/** Kubernetes has probes of its own and never looks at it. */
const healthcheck: Setting = (run) => {
  run.tools.say("      HEALTHCHECK is left out: Kubernetes uses the probes of the pod")
  return run
}

function commandOf({ shell: words }: StageRun, { text, keyword }: Instruction): string[] {
  if (text === "") throw new BuildError(`${keyword} is empty`, `Write ${keyword} ["program", "argument"].`)
  return execForm(text) ?? [...words, text]
}

export const settings: Readonly<Record<string, Setting>> = {
  ARG: arg,
  CMD: cmd,
  ENTRYPOINT: entrypoint,
  ENV: env,
  EXPOSE: expose,
  HEALTHCHECK: healthcheck,
  LABEL: label,
  SHELL: shell,
  STOPSIGNAL: stopSignal,
  USER: user,
  VOLUME: volume,
  WORKDIR: workdir,
}
