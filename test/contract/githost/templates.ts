import { cpSync, mkdtempSync, rmSync } from "node:fs"
import { mkdir, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { gitOptions, runClient } from "./client.ts"

/** Runs git in `tree` as a person does; its failure is an error. */
export async function gitIn(tree: string, args: readonly string[], env: Readonly<Record<string, string>>) {
  const { code, stdout, stderr } = await runClient("git", [...gitOptions, ...args], tree, env)
  if (code !== 0) throw new Error(`git ${args.join(" ")} ended with ${String(code)}: ${stderr}`)
  return stdout.trimEnd()
}

/** The environment that makes the commit with this number the same everywhere. */
export function commitTime(number: number): Record<string, string> {
  const at = `2026-01-01T00:00:${String(number).padStart(2, "0")}Z`
  return { GIT_AUTHOR_DATE: at, GIT_COMMITTER_DATE: at }
}

/** Writes and commits one file; the commit's number makes its time. Resolves to its id. */
export async function commitFile(tree: string, number: number, file: string, content: string): Promise<string> {
  const path = join(tree, file)
  await mkdir(dirname(path), { recursive: true })
  await writeFile(path, content)
  const env = commitTime(number)
  await gitIn(tree, ["add", "--all"], env)
  await gitIn(tree, ["commit", "--quiet", "--message", `Write ${file}`], env)
  return gitIn(tree, ["rev-parse", "HEAD"], env)
}

interface Template {
  readonly tree: string
  readonly ids: readonly string[]
}

const templates = new Map<number, Promise<Template>>()

/** Copies a work tree with so many commits on `main` to `to`. Each is made once: most cases begin with one. */
export async function copyTemplate(commits: number, to: string): Promise<readonly string[]> {
  const made = templates.get(commits) ?? makeTemplate(commits)
  templates.set(commits, made)
  const { tree, ids } = await made
  cpSync(tree, to, { recursive: true })
  return ids
}

async function makeTemplate(commits: number): Promise<Template> {
  const tree = mkdtempSync(join(tmpdir(), "serin-template-"))
  process.on("exit", () => rmSync(tree, { recursive: true, force: true }))
  await gitIn(tree, ["init", "--quiet", "--template="], {})
  const ids: string[] = []
  for (let number = 0; number < commits; number += 1) {
    ids.push(await commitFile(tree, number + 1, "a.txt", `${String(number)}\n`))
  }
  return { tree, ids }
}
