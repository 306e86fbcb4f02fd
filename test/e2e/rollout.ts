import { readFile } from "node:fs/promises"
import { join } from "node:path"
import { isDeepStrictEqual } from "node:util"
import { parse } from "yaml"
import { configLog, liveImage, liveWeights, weightsOf } from "../../packages/cli/src/story/outside.ts"
import { firstSync, installAndConnect } from "../../packages/cli/src/story/steps/connect.ts"
import { tagApp, untilBuilt } from "../../packages/cli/src/story/steps/release.ts"
import { cloneConfig, commitConfig, raiseLoad } from "../../packages/cli/src/story/steps/traffic.ts"
import type { Stage } from "../../packages/cli/src/story/stage.ts"
import { PROTECTED_ANNOTATION, valueAt, withoutDigest } from "../../packages/core/src/index.ts"

/** A world in which podinfo runs, Serin is connected, a Canary is at rest, and there is load. */
export async function prepareRollout(stage: Stage, canary: (text: string) => string = (text) => text): Promise<void> {
  await installAndConnect.play(stage)
  await firstSync.play(stage)
  await cloneConfig(stage)
  await stage.run("git", ["clone", "--quiet", stage.endpoints.appRepo, join(stage.dir, "app")])
  const text = await readFile(join(stage.podinfo, "story", "canary.yaml"), "utf8")
  await commitConfig(stage, "Let Serin steer the canary", { "cluster/podinfo/canary.yaml": () => canary(text) })
  await stage.until("an idle canary", 60, async () => ((await phase(stage)) === "Idle" ? true : undefined))
  await raiseLoad(stage)
}

/** Of the live Delivery; undefined before the cluster has one. */
export async function phase(stage: Stage): Promise<string | undefined> {
  const { stdout } = await stage.kubectl(
    ["-n", "test", "get", "deliveries.serin.dev", "podinfo", "-o", "jsonpath={.spec.phase}"],
    { quiet: true, accept: [0, 1] },
  )
  return stdout === "" ? undefined : stdout
}

/** Builds and releases a version as a person does, by a commit; answers the commit from which the rollout is counted. */
export async function releaseByCommit(stage: Stage, version: string, sources = "0.2.1"): Promise<string> {
  await tagApp(stage, version, `Version ${version}`, sources)
  await untilBuilt(stage, version)
  return commitConfig(stage, `Release podinfo-canary ${version} by hand`, {
    "cluster/podinfo/podinfo-canary.yaml": (text) => text.replace(/podinfo:\d+\.\d+\.\d+/, `podinfo:${version}`),
  })
}

/** Waits until the stable side runs the version and has all the traffic, and the engine is at rest. */
export async function untilPromoted(stage: Stage, version: string, seconds: number): Promise<void> {
  await stage.until(`${version} promoted`, seconds, async () => {
    const weights = await liveWeights(stage)
    const image = await liveImage(stage, "podinfo-ga")
    return image.startsWith(`podinfo:${version}`) && weights["canary"] === 0 && (await phase(stage)) === "Idle"
      ? true
      : undefined
  })
}

/** A commit of the config repo: who made it, of which kind it is, the canary's weight by then, and the files that it changed. */
export interface LogEntry {
  readonly author: string
  readonly kind: string
  readonly weight: string
  readonly files: readonly string[]
}

/** Every commit of the config repo after one, oldest first, whoever made it. */
export async function logSince(stage: Stage, commit: string): Promise<LogEntry[]> {
  await stage.git("config", ["fetch", "--quiet", "origin", "main"], { quiet: true })
  const trailer = (name: string): string => `%(trailers:key=${name},valueonly,separator=%x2C)`
  const format = `%x1e%an%x1f${trailer("Serin-Kind")}%x1f${trailer("Serin-Weight")}%x1f`
  const args = ["log", "--reverse", "--name-only", `--format=${format}`, `${commit}..origin/main`]
  const { stdout } = await stage.git("config", args, { quiet: true })
  return stdout
    .split("\x1e")
    .slice(1)
    .map((record) => record.split("\x1f"))
    .map(([author = "", kind = "", weight = "", files = ""]) => ({
      author,
      kind,
      weight,
      files: files
        .trim()
        .split("\n")
        .map((file) => file.slice(file.lastIndexOf("/") + 1))
        .sort(),
    }))
}

/** What a rollout leaves behind in the cluster, by kubectl. */
export interface End {
  readonly weights: Readonly<Record<string, number>>
  readonly images: { readonly stable: string; readonly canary: string }
  readonly replicas: { readonly stable: number; readonly canary: number }
  readonly phase: string
  /** The live Delivery is the one in Git. */
  readonly deliveryAsInGit: boolean
  readonly isProtected: boolean
}

/** Waits until the newest commit is applied whole, and looks. */
export async function endOf(stage: Stage): Promise<End> {
  await untilSynced(stage)
  const [route, stable, canary, delivery] = await Promise.all([
    getObject(stage, "virtualservice", "podinfo"),
    getObject(stage, "deployment", "podinfo-ga"),
    getObject(stage, "deployment", "podinfo-canary"),
    getObject(stage, "deliveries.serin.dev", "podinfo"),
  ])
  const file = "origin/main:cluster/podinfo/podinfo.delivery.yaml"
  const { stdout } = await stage.git("config", ["show", file], { quiet: true })
  const stated = valueAt(parse(stdout), ["spec"])
  const image = (object: unknown): string =>
    withoutDigest(String(valueAt(object, ["spec", "template", "spec", "containers", 0, "image"])))
  const replicas = (object: unknown): number => Number(valueAt(object, ["spec", "replicas"]))
  return {
    weights: weightsOf(route),
    images: { stable: image(stable), canary: image(canary) },
    replicas: { stable: replicas(stable), canary: replicas(canary) },
    phase: String(valueAt(delivery, ["spec", "phase"])),
    deliveryAsInGit: isDeepStrictEqual(valueAt(delivery, ["spec"]), stated),
    isProtected: valueAt(route, ["metadata", "annotations", PROTECTED_ANNOTATION]) !== undefined,
  }
}

async function untilSynced(stage: Stage): Promise<void> {
  const path = "{.items[0].status.revision} {.items[0].status.conditions[?(@.type=='Ready')].status}"
  await stage.until("the newest commit to be applied", 60, async () => {
    const { stdout } = await stage.kubectl(
      ["get", "repositories.serin.dev", "--all-namespaces", "-o", `jsonpath=${path}`],
      { quiet: true },
    )
    return stdout === `${(await configLog(stage))[0]?.id ?? ""} True` ? true : undefined
  })
}

async function getObject(stage: Stage, resource: string, name: string): Promise<unknown> {
  const { stdout } = await stage.kubectl(["-n", "test", "get", resource, name, "-o", "json"], { quiet: true })
  return JSON.parse(stdout) as unknown
}
