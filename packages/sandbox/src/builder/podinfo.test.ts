import { spawn } from "node:child_process"
import { cp } from "node:fs/promises"
import { createInterface } from "node:readline"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { expect, it, onTestFinished } from "vitest"
import { seedPodinfo } from "../../../../examples/podinfo/seed.ts"
import { startGitHost } from "../githost/index.ts"
import { createImageStore, type LocalImage } from "../images/index.ts"
import { startRegistry } from "../registry/index.ts"
import { isInstalled, run } from "../testing/programs.ts"
import { closing, temporaryFolder } from "../testing/temporary.ts"
import { until } from "../testing/until.ts"
import { startBuilder } from "./builder.ts"
import { forLargeImages } from "./testing.ts"

const log = () => undefined
const podinfo = fileURLToPath(new URL("../../../../examples/podinfo", import.meta.url))

/** The way of a release through these parts, with each program's own clients: git, HTTP, and the container's process. */
it.skipIf(!isInstalled("unshare", "-r", "true"))(
  "a tag of podinfo that is pushed by git runs as a container",
  forLargeImages,
  async () => {
    const users = [{ name: "dev", token: "token", access: "write" }] as const
    const gitHost = closing(await startGitHost({ dataDir: await temporaryFolder(), users, log }))
    const registry = closing(await startRegistry({ dataDir: await temporaryFolder(), log }))
    const mirrors = { "docker.io": { endpoint: [registry.url], rewrite: { "^library/(.*)": "$1" } } }
    const builder = closing(
      await startBuilder({
        dataDir: await temporaryFolder(),
        git: { url: gitHost.url, username: "dev", token: "token" },
        registry: { url: registry.url },
        mirrors,
        webhookSecret: "secret",
        log,
      }),
    )
    await gitHost.createRepository("team/podinfo")
    await gitHost.addHook("team/podinfo", { url: builder.webhookUrl, secret: "secret" })
    await seedPodinfo(gitHost)

    const clone = await temporaryFolder()
    const git = (...args: string[]) =>
      run("git", ["-C", clone, "-c", "user.name=dev", "-c", "user.email=dev@localhost", ...args])
    await run("git", ["clone", "--quiet", gitHost.cloneUrl("team/podinfo", "dev"), clone])
    for (const version of ["0.2.1", "0.2.2"]) {
      await cp(join(podinfo, "versions", version), clone, { recursive: true })
      await git("add", "--all")
      await git("commit", "--quiet", "-m", `Work on ${version}`)
      await git("tag", version)
      await git("push", "--quiet", "origin", "HEAD:main", version)
    }
    const tags = ["0.1.0", "0.2.0", "0.2.1", "0.2.2"]
    await until(async () => {
      const answer = await fetch(`${registry.url}/v2/podinfo/tags/list`)
      expect(await answer.json()).toEqual({ name: "podinfo", tags })
    })

    const images = await createImageStore({ dataDir: await temporaryFolder(), mirrors, log })
    for (const tag of tags) {
      const image = await images.pull(`podinfo:${tag}`)
      const url = await start(image)
      expect(await (await fetch(`${url}/version`)).json()).toEqual({ version: tag })
    }
  },
)

/** Runs an image as its configuration says, in a root of its own, and resolves to where it listens. */
async function start({ rootfs, config }: LocalImage): Promise<string> {
  const [program = "", ...args] = [...config.entrypoint, ...config.cmd]
  const enter = ["-r", "chroot", rootfs, "/bin/sh", "-c", `cd ${config.workingDir} && exec "$0" "$@"`]
  const env = Object.fromEntries(config.env.map((pair) => pair.split("=", 2) as [string, string]))
  const child = spawn("unshare", [...enter, program, ...args], {
    env: { ...env, PATH: `${env["PATH"]}:${process.env["PATH"]}`, PORT: "0", DRAIN_SECONDS: "0" },
    stdio: ["ignore", "pipe", "inherit"],
  })
  onTestFinished(() => {
    child.kill("SIGKILL")
  })
  return new Promise((resolve, reject) => {
    child.once("close", (code) => reject(new Error(`the container ended with ${code}`)))
    createInterface({ input: child.stdout }).on("line", (line) => {
      const { message, port } = JSON.parse(line) as { message: string; port: number }
      if (message === "listening") resolve(`http://127.0.0.1:${port}`)
    })
  })
}
