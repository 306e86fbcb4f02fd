import { spawn, spawnSync } from "node:child_process"
import { randomUUID } from "node:crypto"
import { cp, lstat, mkdir, readdir, readlink, rm } from "node:fs/promises"
import { dirname, join } from "node:path"
import { createInterface } from "node:readline"
import type { Readable } from "node:stream"
import { BuildError } from "../build-error.ts"
import type { Instruction } from "../dockerfile/instructions.ts"
import { execForm } from "../dockerfile/words.ts"
import { environmentOf, withLayer } from "./image.ts"
import { writeLayer, type LayerEntry } from "./layer-writer.ts"
import { rootOf, textOf, type StageRun } from "./stage-run.ts"

const longestMs = 10 * 60_000

/**
 * RUN, where this machine lets an ordinary user have namespaces: the command runs in a copy of the stage's files, with
 * processes and mounts of its own and the machine's network; what it has changed becomes the layer.
 */
export async function runCommand(run: StageRun, instruction: Instruction): Promise<StageRun> {
  requireNamespaces()
  if (instruction.flags.size > 0) {
    const flags = [...instruction.flags.keys()].map((flag) => `--${flag}`).join(", ")
    throw new BuildError(`RUN does not know ${flags} here`, "Write the RUN without it.")
  }
  const { tools, image } = run
  const root = join(dirname(tools.layersFolder), `run-${randomUUID()}`)
  try {
    await cp(await rootOf(run), root, { recursive: true, verbatimSymlinks: true, preserveTimestamps: true })
    // Mount points: made before the comparison, so that they are no part of the layer.
    await Promise.all(["proc", "dev", "tmp"].map((name) => mkdir(join(root, name), { recursive: true })))
    const before = await scan(root)
    await execute(run, instruction, root)
    const entries = changes(before, await scan(root))
    const layer = await writeLayer(entries, tools.at, tools.layersFolder)
    tools.say(`      ${entries.length} changes, ${layer.descriptor.size} bytes, ${layer.diffId}`)
    return { ...run, image: withLayer(image, layer, textOf(instruction), tools.at) }
  } finally {
    await rm(root, { recursive: true, force: true })
  }
}

function requireNamespaces(): void {
  const { status } = spawnSync("unshare", ["-rmpf", "true"], { stdio: "ignore", timeout: 10_000 })
  if (status === 0) return
  throw new BuildError(
    "RUN needs user namespaces and the program unshare, and this machine does not give them",
    "Bring the files in with COPY, or build this image elsewhere and push it to the registry.",
  )
}

/** Mounts what programs expect, then becomes the command with the copy as its root. */
const enter = `
root=$1; workdir=$2; shift 2
mount -t proc proc "$root/proc" && mount --rbind /dev "$root/dev" || exit 125
exec chroot "$root" /bin/sh -c 'cd "$0" && exec "$@"' "$workdir" "$@"
`

async function execute({ tools, image, args, shell }: StageRun, { text }: Instruction, root: string): Promise<void> {
  const command = execForm(text) ?? [...shell, text]
  const environment = {
    PATH: defaultPath,
    HOME: "/root",
    ...Object.fromEntries(args),
    ...Object.fromEntries(environmentOf(image.config)),
  }
  const workdir = image.config.WorkingDir ?? "/"
  const child = spawn("unshare", ["-rmpf", "--kill-child", "sh", "-c", enter, "sh", root, workdir, ...command], {
    env: environment,
    stdio: ["ignore", "pipe", "pipe"],
    signal: AbortSignal.any([tools.signal, AbortSignal.timeout(longestMs)]),
    killSignal: "SIGKILL",
  })
  const show = (stream: Readable) =>
    createInterface({ input: stream }).on("line", (line) => tools.say(`      | ${line}`))
  show(child.stdout)
  show(child.stderr)
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once("error", reject)
    child.once("close", resolve)
  }).catch((error: unknown) => {
    tools.signal.throwIfAborted()
    throw new BuildError(`the command did not end in ${longestMs / 60_000} minutes`, "Make it do less.", undefined, {
      cause: error,
    })
  })
  if (code !== 0) {
    throw new BuildError(
      `the command "${text}" ended with code ${code}`,
      "What it printed is in the log above; run it in the same image to see more.",
    )
  }
}

const defaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

interface Seen {
  readonly entry: LayerEntry
  /** Changes whenever the file or its attributes do. */
  readonly mark: string
}

async function scan(root: string): Promise<Map<string, Seen>> {
  const seen = new Map<string, Seen>()
  const visit = async (path: string): Promise<void> => {
    for (const name of await readdir(join(root, path))) {
      const child = path === "" ? name : `${path}/${name}`
      // Mounts of the namespace, and of the run only.
      if (child === "proc" || child === "dev") continue
      const file = join(root, child)
      const stats = await lstat(file, { bigint: true })
      const mode = Number(stats.mode & 0o7777n)
      if (stats.isDirectory()) {
        seen.set(child, { entry: { kind: "folder", path: child, mode }, mark: `folder ${mode}` })
        await visit(child)
      } else if (stats.isSymbolicLink()) {
        const target = await readlink(file)
        seen.set(child, { entry: { kind: "link", path: child, target }, mark: `link ${target}` })
      } else if (stats.isFile()) {
        const size = Number(stats.size)
        seen.set(child, {
          entry: { kind: "file", path: child, mode, size, file },
          mark: `file ${stats.ino} ${stats.ctimeNs} ${size}`,
        })
      }
    }
  }
  await visit("")
  return seen
}

function changes(before: ReadonlyMap<string, Seen>, after: ReadonlyMap<string, Seen>): LayerEntry[] {
  const changed = [...after].filter(([path, { mark }]) => before.get(path)?.mark !== mark).map(([, { entry }]) => entry)
  // Where a folder is gone, or something else in its place, what was in it needs no word.
  const isFolder = (path: string) => path === "" || after.get(path)?.entry.kind === "folder"
  const whiteouts = [...before.keys()]
    .filter((path) => !after.has(path) && isFolder(path.split("/").slice(0, -1).join("/")))
    .map((path): LayerEntry => ({ kind: "whiteout", path }))
  return [...changed, ...whiteouts]
}
