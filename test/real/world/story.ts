import { chmodSync, mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { play, type Result } from "../../../packages/cli/src/story/play.ts"
import { Stage } from "../../../packages/cli/src/story/stage.ts"
import { steps } from "../../../packages/cli/src/story/steps/index.ts"
import { envoyTelemetry } from "../../../packages/cli/src/story/telemetry.ts"
import { images } from "./images.ts"
import type { Programs } from "./programs.ts"
import type { RealWorld } from "./world.ts"

const root = fileURLToPath(new URL("../../..", import.meta.url))

/** What the people of the story have in a real world: the same programs and steps, the agent in a pod. */
export function realStage(world: RealWorld, programs: Programs, show: (line: string) => void): Stage {
  const dir = join(world.folder, "people")
  const bin = join(world.folder, "bin")
  for (const folder of [dir, bin]) mkdirSync(folder, { recursive: true })
  const kubectl = join(bin, "kubectl")
  writeFileSync(kubectl, `#!/bin/sh\nexec ${programs.kubernetes} kubectl "$@"\n`)
  chmodSync(kubectl, 0o755)
  process.env["PATH"] = `${bin}:${process.env["PATH"] ?? ""}`
  return new Stage({
    endpoints: world.endpoints,
    dir,
    kubeconfig: world.plane.kubeconfig,
    podinfo: join(root, "examples/podinfo"),
    serin: [process.execPath, join(root, "dist/serin.js")],
    tools: new Set(["kubectl", "ssh"]),
    world: {
      telemetry: envoyTelemetry,
      installFlags: ["--registry-mirror", `docker.io=${world.registryForAgent.url}`, "--image", images.serin],
      appRepository: "library/podinfo",
    },
    show,
  })
}

/** Plays the fourteen steps. */
export function playRealStory(stage: Stage, show: (line: string) => void): Promise<readonly Result[]> {
  return play({ steps, stage, show, pace: 0 })
}

/** As soon as the agent is installed, the registry is told where to send its notifications, as its admin would do. */
export async function notifyWhenInstalled(world: RealWorld, signal: AbortSignal): Promise<void> {
  const path = "/api/v1/namespaces/serin-system/secrets/serin-hooks"
  while (!signal.aborted) {
    const secret = await world.kubectl
      .getJson<{ readonly data?: { readonly registry?: string } }>(path)
      .catch(() => undefined)
    const token = secret?.data?.registry
    if (token !== undefined) {
      const url = `${world.endpoints.hooks}/hooks/registry/serin-system`
      await world.registry.notify({ url, token: Buffer.from(token, "base64").toString("utf8") })
      return
    }
    await new Promise((resolve) => setTimeout(resolve, 500))
  }
}
