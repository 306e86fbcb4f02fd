import { mkdtempSync, realpathSync, rmSync } from "node:fs"
import { appendFile, readFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { Readable } from "node:stream"
import type { CaseSession } from "../harness/case.ts"
import { Http, type Response } from "../harness/http.ts"
import { Transcript } from "../harness/transcript.ts"
import { gitOptions, runClient, type Ended } from "./client.ts"
import { Masker } from "./mask.ts"
import { readable } from "./packets.ts"
import { commitFile, commitTime, copyTemplate } from "./templates.ts"
import { users, type SshDoor, type Target, type User } from "./target.ts"

export interface SendOptions {
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array | Readable
  /** Whose name and password are sent; the writer's if absent. */
  readonly as?: User | "nobody"
}

export interface GitOptions {
  /** Below the case's folder; the folder itself if absent. */
  readonly in?: string
  readonly env?: Readonly<Record<string, string>>
  readonly input?: string | Buffer
}

/** What of an answer's head a client may act on. */
const headersShown = ["content-type", "cache-control", "pragma", "expires", "allow", "location", "www-authenticate"]

/** One run of a case against one git host, with a repository and a folder of its own. */
export class Session implements CaseSession {
  readonly transcript = new Transcript()
  readonly folder = realpathSync(mkdtempSync(join(tmpdir(), "serin-case-")))
  readonly #masker: Masker
  readonly #http: Http
  #commits = 0

  constructor(
    /** The case's own, not yet made; `owner/name`. */
    readonly repository: string,
    readonly target: Target,
  ) {
    this.#masker = new Masker(target, this.folder)
    this.#http = new Http(target.http)
  }

  begin(): Promise<void> {
    return this.target.ssh.createRepository(this.repository)
  }

  /** `/owner/name.git/info/refs` from `info/refs`. */
  at(rest: string, repository: string = this.repository): string {
    return `/${repository}.git/${rest}`
  }

  /** The URL for a git client, with the user's name and password in it. */
  url(user: User | "nobody" = users.writer, repository: string = this.repository): string {
    const url = new URL(`${this.target.http}/${repository}.git`)
    if (user !== "nobody") [url.username, url.password] = [user.name, user.password]
    return url.href
  }

  sshUrl(repository: string = this.repository, door: SshDoor = this.target.ssh): string {
    return `${door.url}/${repository}.git`
  }

  /** Sends and records: of an error only the head, for each server words the body as it likes. */
  async send(method: string, path: string, options: SendOptions = {}): Promise<Response> {
    const response = await this.quiet(method, path, options)
    const sent = Object.entries(options.headers ?? {}).filter(([name]) => name !== "authorization")
    const succeeded = response.status < 300
    const head = headersShown.flatMap((name) => {
      const value = response.headers[name]
      const untold = value === undefined || (!succeeded && !["allow", "www-authenticate"].includes(name))
      return untold
        ? []
        : [
            `${name}: ${[value]
              .flat()
              .join(" | ")
              .replace(/realm="[^"]*"/, 'realm="…"')}`,
          ]
    })
    this.transcript.add([`${method} ${path}`, ...sent.map(([name, value]) => `${name}: ${value}`)].join("\n    "), [
      [String(response.status), ...head].join("\n"),
      ...(succeeded && response.body.length > 0 ? [this.#masker.text(this.#body(response))] : []),
    ])
    return response
  }

  /** Sends without recording. */
  quiet(method: string, path: string, options: SendOptions = {}): Promise<Response> {
    const { headers, body, as = users.writer } = options
    return this.#http.send({
      method,
      path,
      headers: {
        "user-agent": "contract/1.0",
        ...(as !== "nobody" && { authorization: basic(as) }),
        ...headers,
      },
      ...(body !== undefined && { body }),
    })
  }

  /** Runs git and records what a person sees. */
  async git(args: readonly string[], options: GitOptions = {}): Promise<Ended> {
    const ended = await this.tryGit(args, options)
    this.#ended(`${options.in ?? ""}$ git ${args.join(" ")}`, ended)
    return ended
  }

  /** Runs git unrecorded. Its failure ends the case. */
  async quietGit(args: readonly string[], options: GitOptions = {}): Promise<string> {
    const { code, stdout, stderr } = await this.tryGit(args, options)
    if (code !== 0) throw new Error(`git ${args.join(" ")} ended with ${String(code)}: ${stderr}`)
    return stdout.trimEnd()
  }

  /** Runs git unrecorded, whatever comes of it. */
  tryGit(args: readonly string[], { in: below = ".", env = {}, input }: GitOptions = {}): Promise<Ended> {
    const fixed = { HOME: this.folder, ...commitTime(this.#commits), ...env }
    return runClient("git", [...gitOptions, ...args], join(this.folder, below), fixed, input)
  }

  /** Runs another program and records what a person sees. */
  async run(program: string, args: readonly string[], shown: string): Promise<Ended> {
    const ended = await runClient(program, args, this.folder, { HOME: this.folder })
    this.#ended(`$ ${program} ${shown}`, ended)
    return ended
  }

  /** Runs another program unrecorded. Its failure ends the case. */
  async quietRun(program: string, args: readonly string[]): Promise<void> {
    const { code, stderr } = await runClient(program, args, this.folder, { HOME: this.folder })
    if (code !== 0) throw new Error(`${program} ended with ${String(code)}: ${stderr}`)
  }

  /** A work tree with so many commits on `main`, its `origin` the case's repository; nothing is pushed. */
  async workTree(name = "work", url = this.url(), commits = 0): Promise<{ tree: string; ids: readonly string[] }> {
    const ids = await copyTemplate(commits, join(this.folder, name))
    this.#commits = Math.max(this.#commits, commits)
    const remote = `[remote "origin"]\n\turl = ${url}\n\tfetch = +refs/heads/*:refs/remotes/origin/*\n`
    await appendFile(join(this.folder, name, ".git/config"), remote)
    return { tree: name, ids }
  }

  /** Another person's clone of what is there, unrecorded. */
  async clone(name = "other"): Promise<string> {
    await this.quietGit(["clone", "--quiet", this.url(), name])
    return name
  }

  /** Commits one file and returns the commit. */
  async commit(tree: string, file = "a.txt", content = `${String(this.#commits)}\n`): Promise<string> {
    this.#commits += 1
    return commitFile(join(this.folder, tree), this.#commits, file, content)
  }

  /** A work tree with so many commits on `main`, pushed. */
  async pushed(commits = 1): Promise<{ tree: string; ids: readonly string[] }> {
    const made = await this.workTree("work", this.url(), commits)
    await this.quietGit(["push", "--quiet", "origin", "main"], { in: made.tree })
    return made
  }

  /** Records what refs the repository has. */
  async refs(): Promise<void> {
    this.note("refs", await this.quietGit(["ls-remote", this.url()]))
  }

  bytes(path: string): Promise<Buffer> {
    return readFile(join(this.folder, path))
  }

  note(what: string, value: string): void {
    this.transcript.add(what, [this.#masker.text(value)])
  }

  fail(error: unknown): void {
    const message = error instanceof Error ? error.message : String(error)
    this.transcript.add("!! the case could not go on", [this.#masker.text(message)])
  }

  close(): Promise<void> {
    this.#http.close()
    rmSync(this.folder, { recursive: true, force: true })
    return Promise.resolve()
  }

  #ended(what: string, { code, stdout, stderr }: Ended): void {
    const parts = [`exit ${String(code)}`, ...[stdout, stderr].filter((text) => text.trim() !== "")]
    this.transcript.add(this.#masker.text(what), [this.#masker.text(parts.map((part) => part.trimEnd()).join("\n"))])
  }

  #body({ headers, body, text }: Response): string {
    return String(headers["content-type"]).startsWith("application/x-git-") ? readable(body) : text
  }
}

export const basic = ({ name, password }: { name: string; password: string }): string =>
  `Basic ${Buffer.from(`${name}:${password}`).toString("base64")}`
