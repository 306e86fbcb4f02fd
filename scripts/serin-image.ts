// The image of the agent, made of this machine's Node, git and ssh by the project's own builder. See docs/guides/install.md.
import { cp, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { parseArgs } from "node:util"
import { copyPrograms, pushFolder } from "../packages/sandbox/src/index.ts"

const root = fileURLToPath(new URL("..", import.meta.url))

const usage = `usage: npm run image -- --registry URL [--repository NAME] [--tag TAG]
       npm run image -- --context DIR

  --registry URL      push it to this registry, e.g. http://127.0.0.1:5000
  --repository NAME   as this repository; default: serin
  --tag TAG           under this tag; default: latest
  --context DIR       only write the build context, for another builder: docker build DIR`

/** Fills a folder with all that the Dockerfile of the agent takes. `dist/` has to be built. */
export async function writeContext(folder: string): Promise<void> {
  const rootfs = join(folder, "rootfs")
  await mkdir(rootfs, { recursive: true })
  await copyPrograms(rootfs, [
    { path: "usr/local/bin/node", source: process.execPath },
    { path: "bin/sh", source: "/bin/sh" },
    { path: "usr/bin/git", source: "/usr/bin/git" },
    // HTTPS is a program of its own; all else that fetch and push need is in `git` itself, by a name of its own.
    { path: "usr/lib/git-core/git-remote-http", source: "/usr/lib/git-core/git-remote-http" },
    { path: "usr/lib/git-core/git-remote-https", source: "/usr/lib/git-core/git-remote-http" },
    { path: "usr/bin/ssh", source: "/usr/bin/ssh" },
  ])
  const text = async (path: string, content: string): Promise<void> => {
    await mkdir(join(rootfs, path, ".."), { recursive: true })
    await writeFile(join(rootfs, path), content)
  }
  // ssh refuses to run as a user without a name.
  await text("etc/passwd", "root:x:0:0::/:/bin/sh\nserin:x:65532:65532::/tmp:/bin/sh\n")
  await text("etc/group", "root:x:0:\nserin:x:65532:\n")
  await text("etc/nsswitch.conf", "hosts: files dns\n")
  await cp("/etc/ssl/certs/ca-certificates.crt", join(rootfs, "etc/ssl/certs/ca-certificates.crt"))
  for (const empty of ["tmp", "var/cache/serin"]) await mkdir(join(rootfs, empty), { recursive: true })
  for (const part of ["serin.js", "node-version.mjs", "cli.js", "web"]) {
    await cp(join(root, "dist", part), join(folder, "program", part), { recursive: true })
  }
  await cp(join(root, "deploy/image/Dockerfile"), join(folder, "Dockerfile"))
}

export interface PushImageOptions {
  /** `http://127.0.0.1:5000` */
  readonly registry: string
  readonly repository: string
  readonly tag: string
  readonly say: (line: string) => void
}

/** Builds and pushes the agent's image; resolves to its digest. */
export async function pushSerinImage({ registry, repository, tag, say }: PushImageOptions): Promise<string> {
  const work = await mkdtemp(join(tmpdir(), "serin-image-"))
  try {
    const folder = join(work, "context")
    await writeContext(folder)
    return await pushFolder({
      dataDir: join(work, "builder"),
      folder,
      name: "the agent's build context",
      given: {},
      at: new Date("2026-01-01T00:00:00Z"),
      registry: { url: registry },
      mirrors: {},
      repository,
      tag,
      say,
      signal: AbortSignal.timeout(300_000),
    })
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { values } = parseArgs({
    options: {
      registry: { type: "string" },
      repository: { type: "string", default: "serin" },
      tag: { type: "string", default: "latest" },
      context: { type: "string" },
    },
  })
  const { registry, repository, tag, context } = values
  if (context !== undefined) await writeContext(context)
  else if (registry !== undefined) {
    const digest = await pushSerinImage({ registry, repository, tag, say: (line) => console.log(line) })
    console.log(`${repository}:${tag}@${digest}`)
  } else {
    console.error(usage)
    process.exitCode = 2
  }
}
