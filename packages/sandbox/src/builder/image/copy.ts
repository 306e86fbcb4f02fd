import { posix } from "node:path"
import { readFile } from "node:fs/promises"
import { findInRoot } from "../../images/index.ts"
import { BuildError } from "../build-error.ts"
import { cleanPath } from "../context/patterns.ts"
import { SourceTree, type SourceEntry } from "../context/source-tree.ts"
import type { Instruction } from "../dockerfile/instructions.ts"
import { execForm, expandText, expandWords } from "../dockerfile/words.ts"
import { withLayer } from "./image.ts"
import { writeLayer, type LayerEntry } from "./layer-writer.ts"
import { lookupOf, rootOf, textOf, type StageRun } from "./stage-run.ts"

interface Owner {
  readonly uid: number
  readonly gid: number
}

/** COPY (Dockerfile reference): files of the repository, of another stage or of an image into a layer of their own. */
export async function copy(run: StageRun, instruction: Instruction): Promise<StageRun> {
  const { flags } = instruction
  const unknown = [...flags.keys()].find((flag) => !["from", "chown", "chmod", "link"].includes(flag))
  if (unknown !== undefined) throw new BuildError(`COPY does not know --${unknown} here`, "Write the COPY without it.")
  const { sources, target } = pathsOf(run, instruction)
  const root = await rootOf(run)
  const from = flags.get("from")
  const tree = from === undefined ? run.tools.context : await treeOf(run, from)
  const matches = (await Promise.all(sources.map((source) => tree.match(source)))).flat()
  const isFolder = target.endsWith("/") || (await isFolderIn(root, target))
  if (matches.length > 1 && !isFolder) {
    throw new BuildError(
      `COPY takes ${matches.length} files to "${target}", which is no folder`,
      "End the target with a slash.",
    )
  }
  const owner = await ownerOf(flags.get("chown"), root)
  const mode = modeOf(flags.get("chmod"))
  const entries: LayerEntry[] = []
  for (const path of matches) {
    for (const entry of await placed(tree, path, cleanPath(target), isFolder)) {
      entries.push({ ...toLayer(entry, from === undefined, mode), ...owner })
    }
  }
  const parents = await missingParents(root, entries, owner)
  const layer = await writeLayer([...parents, ...entries], run.tools.at, run.tools.layersFolder)
  run.tools.say(
    `      ${entries.filter(({ kind }) => kind !== "folder").length} files, ${layer.descriptor.size} bytes, ${layer.diffId}`,
  )
  return { ...run, image: withLayer(run.image, layer, textOf(instruction), run.tools.at) }
}

function pathsOf(run: StageRun, { text }: Instruction): { sources: string[]; target: string } {
  const lookup = lookupOf(run)
  const words = execForm(text)?.map((word) => expandText(word, lookup)) ?? expandWords(text, lookup)
  const target = words.at(-1)
  if (target === undefined || words.length < 2)
    throw new BuildError("COPY needs a source and a target", "Write COPY source target.")
  const base = run.image.config.WorkingDir ?? "/"
  const slash = target.endsWith("/") || target.endsWith("/.") || target === "." ? "/" : ""
  return { sources: words.slice(0, -1), target: posix.resolve("/", base, target) + slash }
}

async function treeOf({ tools }: StageRun, reference: string): Promise<SourceTree> {
  const image = await tools.imageNamed(reference)
  return new SourceTree(await rootOf({ tools, image }), `image "${reference}"`)
}

/** Entries with their paths in the image: of a folder what is in it, of anything else itself. */
async function placed(tree: SourceTree, path: string, target: string, isFolder: boolean): Promise<SourceEntry[]> {
  const source = await tree.followed(path)
  const entries = await tree.below(source)
  const [first] = entries
  if (first?.kind !== "folder") {
    const name = isFolder ? `${target}/${path.split("/").at(-1)}` : target
    return entries.map((entry) => ({ ...entry, path: cleanPath(name) }))
  }
  return entries
    .map((entry) => ({ ...entry, path: cleanPath(`${target}/${entry.path.slice(source.length)}`) }))
    .filter(({ path: at }) => at !== "")
}

/** Of repositories only "may be executed" is kept: all else depends on who checked them out. */
function toLayer(entry: SourceEntry, isContext: boolean, mode: number | undefined): LayerEntry {
  if (entry.kind === "link") return entry
  if (entry.kind === "folder") return { ...entry, mode: mode ?? (isContext ? 0o755 : entry.mode) }
  const normal = (entry.mode & 0o111) === 0 ? 0o644 : 0o755
  return { ...entry, mode: mode ?? (isContext ? normal : entry.mode) }
}

/** Folders on the way that the image does not have yet; those it has keep their modes. */
export async function missingParents(
  root: string,
  entries: readonly LayerEntry[],
  owner: Partial<Owner> = {},
): Promise<LayerEntry[]> {
  const missing = new Map<string, LayerEntry>()
  for (const { path } of entries) {
    const parts = path.split("/").slice(0, -1)
    for (let count = parts.length; count > 0; count -= 1) {
      const parent = parts.slice(0, count).join("/")
      if (missing.has(parent) || (await findInRoot(root, parts.slice(0, count)))) break
      missing.set(parent, { kind: "folder", path: parent, mode: 0o755, ...owner })
    }
  }
  return [...missing.values()]
}

async function isFolderIn(root: string, path: string): Promise<boolean> {
  return (await findInRoot(root, path.split("/")))?.kind === "folder"
}

function modeOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  if (!/^[0-7]{3,4}$/.test(text)) throw new BuildError(`--chmod=${text} is no octal mode`, "Write it as --chmod=755.")
  return Number.parseInt(text, 8)
}

/** `--chown=user:group`, by number or by name as the image's /etc/passwd and /etc/group have it. */
async function ownerOf(text: string | undefined, root: string): Promise<Partial<Owner>> {
  if (text === undefined) return {}
  const [user = "", group] = text.split(":")
  const [, , uid, primary] = await entryOf(root, "passwd", user)
  const [, , gid] = group === undefined ? ["", "", primary] : await entryOf(root, "group", group)
  return { uid: Number(uid), gid: Number(gid) }
}

async function entryOf(root: string, file: "passwd" | "group", name: string): Promise<readonly string[]> {
  if (/^\d+$/.test(name)) return ["", "", name, name]
  const found = await findInRoot(root, ["etc", file])
  const lines = found?.kind === "other" ? (await readFile(found.path, "utf8")).split("\n") : []
  const entry = lines.map((line) => line.split(":")).find(([first]) => first === name)
  if (!entry) throw new BuildError(`--chown names ${name}, which is not in the image's /etc/${file}`, "Use a number.")
  return entry
}
