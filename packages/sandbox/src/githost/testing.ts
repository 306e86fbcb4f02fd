// What the tests of the git host share.

import { writeFile } from "node:fs/promises"
import { createServer } from "node:http"
import { join } from "node:path"
import { onTestFinished } from "vitest"
import { closeServer, listen, readBody } from "../http/index.ts"
import { run } from "../testing/programs.ts"
import { closing, temporaryFolder } from "../testing/temporary.ts"
import { startGitHost } from "./githost.ts"
import type { GitHost, GitHostOptions } from "./options.ts"

export const log = () => undefined
export const users = [
  { name: "dev", token: "dev-token", access: "write" },
  { name: "reader", token: "reader-token", access: "read" },
] as const

export async function gitHost(options: Partial<GitHostOptions> = {}): Promise<GitHost> {
  return closing(await startGitHost({ dataDir: await temporaryFolder(), users, log, ...options }))
}

/** A git as a person has it, but without this machine's configuration. */
export function gitIn(folder: string, env: NodeJS.ProcessEnv = {}) {
  const identity = {
    GIT_AUTHOR_NAME: "dev",
    GIT_AUTHOR_EMAIL: "dev@localhost",
    GIT_COMMITTER_NAME: "dev",
    GIT_COMMITTER_EMAIL: "dev@localhost",
  }
  const isolated = {
    PATH: process.env["PATH"],
    HOME: folder,
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_TERMINAL_PROMPT: "0",
    ...identity,
    ...env,
  }
  return async (...args: string[]) =>
    (await run("git", ["-c", "init.defaultBranch=main", ...args], { cwd: folder, env: isolated })).trim()
}

export type Git = ReturnType<typeof gitIn>

export async function commit(git: Git, folder: string, file: string, content: string): Promise<string> {
  await writeFile(join(folder, file), content)
  await git("add", "--all")
  await git("commit", "--quiet", "-m", `Change ${file}`)
  return git("rev-parse", "HEAD")
}

export async function clone(host: GitHost, repository: string): Promise<{ git: Git; folder: string }> {
  const folder = await temporaryFolder()
  const git = gitIn(folder)
  await git("clone", "--quiet", host.cloneUrl(repository, "dev"), ".")
  await git("checkout", "--quiet", "-B", "main")
  return { git, folder }
}

interface Push {
  ref: string
  before: string
  after: string
  created: boolean
  deleted: boolean
  forced: boolean
  commits: { id: string; message: string; added: string[]; modified: string[]; removed: string[] }[]
  head_commit: { id: string } | null
  repository: { full_name: string; clone_url: string }
  pusher: { name: string }
}

/** A receiver that keeps what it took. */
export async function listener(answers: number[] = []) {
  const pushes: { push: Push; headers: Record<string, string | string[] | undefined>; body: Buffer }[] = []
  const server = createServer((request, response) => {
    void readBody(request, 1_000_000).then((body) => {
      const status = answers.shift() ?? 200
      if (status === 200) pushes.push({ push: JSON.parse(body.toString()) as Push, headers: request.headers, body })
      response.writeHead(status).end()
    })
  })
  const port = await listen(server, 0, "listener")
  onTestFinished(() => closeServer(server))
  return { url: `http://127.0.0.1:${port}/hooks`, pushes }
}

export const api = (host: GitHost, method: string, path: string, body?: unknown, token = "dev-token") =>
  fetch(`${host.url}/api/v1/${path}`, {
    method,
    headers: { authorization: `token ${token}` },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
