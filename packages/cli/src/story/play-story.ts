import { spawnSync } from "node:child_process"
import { mkdir } from "node:fs/promises"
import { join } from "node:path"
import { bootSandbox } from "../sandbox/boot.ts"
import { layout } from "../sandbox/layout.ts"
import { play, type Result } from "./play.ts"
import { Stage } from "./stage.ts"
import { steps } from "./steps/index.ts"
import { embeddedTraits } from "./world-traits.ts"
import type { Tool } from "./observation.ts"

export interface PlayStoryOptions {
  readonly play: boolean
  /** Milliseconds between steps. */
  readonly pace: number
  readonly dataDir?: string
  readonly show: (line: string) => void
  /** Registers what a Ctrl-C has to stop. */
  readonly onStop: (stop: () => Promise<void>) => void
  /** Before each step, with what a saboteur outside the agent can reach. */
  readonly before?: (index: number, stage: Stage, agentPid: number | undefined) => Promise<void>
}

export interface Story {
  readonly results: readonly Result[]
  close(): Promise<void>
}

/** Boots a world, plays the steps if asked to, and leaves the world running until `close`. */
export async function playStory(options: PlayStoryOptions): Promise<Story> {
  const { show } = options
  const sandbox = await bootSandbox({
    ...(options.dataDir === undefined ? {} : { dataDir: options.dataDir }),
    log: () => undefined,
  })
  const dir = join(sandbox.dataDir, "people")
  await mkdir(dir, { recursive: true })
  const tools = new Set(["kubectl", "ssh"].filter(isInstalled) as Tool[])
  const stage = new Stage({
    endpoints: sandbox.endpoints,
    dir,
    kubeconfig: sandbox.kubeconfig,
    podinfo: layout.podinfo,
    serin: [process.execPath, layout.program],
    tools,
    world: embeddedTraits(sandbox.endpoints),
    show,
  })
  let closing: Promise<void> | undefined
  const close = (): Promise<void> => (closing ??= stage.close().then(() => sandbox.close()))
  options.onStop(close)
  show(
    `The embedded world is ready in ${sandbox.readyMs} ms; pods run ${sandbox.way === "namespaces" ? "in namespaces of their own" : `as plain processes (${sandbox.whyNot ?? "as asked"})`}.`,
  )
  show(`  kubectl: export KUBECONFIG=${sandbox.kubeconfig}`)
  const started = Date.now()
  const { before } = options
  const results = options.play
    ? await play({
        steps,
        stage,
        show,
        pace: options.pace,
        ...(before ? { before: (index) => before(index, stage, sandbox.agentPid()) } : {}),
      })
    : []
  show("")
  if (options.play) {
    const seen = results.filter((result) => result === "seen").length
    show(`${seen} of ${steps.length} steps observed in ${Math.round((Date.now() - started) / 1000)} s.`)
  } else show(`Nothing is installed yet. Next: follow the README's tour, beginning with \`serin install\`.`)
  show(`The web page: ${sandbox.webLink}`)
  show("Ctrl-C ends everything.")
  return { results, close }
}

function isInstalled(tool: string): boolean {
  const version = tool === "kubectl" ? ["version", "--client"] : ["-V"]
  return spawnSync(tool, version, { stdio: "ignore" }).status === 0
}
