import { open } from "node:fs/promises"
import { basename } from "node:path"
import { NodeError } from "../node.ts"
import type { RootView } from "../world/root-view.ts"

/** What runs a Node program outside its image: its command with the image's paths made the host's. */
export interface NodeProgram {
  readonly file: string
  readonly args: readonly string[]
}

const shellCommand = /^\s*(exec\s+)?node\s/
const nodeScript = /^#!\s*\S*(\/env\s+|\/)node\b/

/**
 * Finds out whether a container's command is a Node program: `node script`, a script whose first line names node, or a
 * shell that runs `node …`. Rejects with NOT_A_NODE_PROGRAM or NOT_EXECUTABLE.
 */
export async function nodeProgram(
  view: RootView,
  argv: readonly string[],
  path: string,
  cwd: string,
): Promise<NodeProgram> {
  const [name = "", ...rest] = argv
  if (basename(name) === "node") return { file: process.execPath, args: await hostPaths(view, rest) }
  const [option, command = ""] = rest
  if (basename(name) === "sh" && option === "-c" && shellCommand.test(command)) return { file: "/bin/sh", args: rest }
  const found = await view.executable(name, path, cwd)
  const host = view.host(await view.real(found))
  if (!nodeScript.test(await firstLine(host))) {
    throw new NodeError(
      "NOT_A_NODE_PROGRAM",
      `${name} is no Node program, and only those run here: other programs need Linux with user namespaces, \`unshare\` and \`ip\``,
    )
  }
  return { file: process.execPath, args: [host, ...(await hostPaths(view, rest))] }
}

async function hostPaths(view: RootView, args: readonly string[]): Promise<readonly string[]> {
  return Promise.all(
    args.map(async (argument) =>
      argument.startsWith("/") && (await view.has(argument)) ? view.host(await view.real(argument)) : argument,
    ),
  )
}

async function firstLine(path: string): Promise<string> {
  const file = await open(path, "r")
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(256), 0, 256, 0)
    return buffer.toString("latin1", 0, bytesRead).split("\n")[0] ?? ""
  } finally {
    await file.close()
  }
}
