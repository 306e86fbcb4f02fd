import { execFile } from "node:child_process"
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { promisify } from "node:util"
import { systemClock } from "../runtime/index.ts"
import { Git } from "./git.ts"
import { Mirror, type MirrorOptions } from "./mirror.ts"
import { createGitWriter, type WriterOptions } from "./writer.ts"

const exec = promisify(execFile)

const identity = {
  GIT_AUTHOR_NAME: "Dev",
  GIT_AUTHOR_EMAIL: "dev@example.org",
  GIT_COMMITTER_NAME: "Dev",
  GIT_COMMITTER_EMAIL: "dev@example.org",
  GIT_CONFIG_NOSYSTEM: "1",
  GIT_CONFIG_GLOBAL: "/dev/null",
  GIT_CONFIG_COUNT: "1",
  GIT_CONFIG_KEY_0: "init.defaultBranch",
  GIT_CONFIG_VALUE_0: "main",
}

/** A bare repository on disk with a person who pushes to it, for tests with real git. */
export class TestHost {
  readonly folder: string
  readonly bare: string
  readonly url: string

  private constructor(folder: string) {
    this.folder = folder
    this.bare = join(folder, "host.git")
    this.url = `file://${this.bare}`
  }

  static async start(files: Readonly<Record<string, string>>): Promise<TestHost> {
    const host = new TestHost(await mkdtemp(join(tmpdir(), "serin-git-")))
    await host.git(["init", "--quiet", "--bare", host.bare])
    await host.git(["clone", "--quiet", host.bare, host.work])
    await host.push("first", files)
    return host
  }

  get work(): string {
    return join(this.folder, "work")
  }

  async git(args: readonly string[], cwd = this.folder): Promise<string> {
    const { stdout } = await exec("git", args, { cwd, env: { ...identity, PATH: process.env["PATH"] } })
    return stdout.trim()
  }

  /** What a person does: change files on top of the branch, commit, push. */
  async push(subject: string, files: Readonly<Record<string, string>>): Promise<string> {
    if (subject !== "first") await this.git(["pull", "--quiet", "--ff-only"], this.work)
    for (const [path, content] of Object.entries(files)) {
      await mkdir(dirname(join(this.work, path)), { recursive: true })
      await writeFile(join(this.work, path), content)
    }
    await this.git(["add", "--all"], this.work)
    await this.git(["commit", "--quiet", "--message", subject], this.work)
    await this.git(["push", "--quiet", "origin", "HEAD:main"], this.work)
    return this.head()
  }

  head(): Promise<string> {
    return this.git(["rev-parse", "main"], this.bare)
  }

  /** Subjects of the branch's commits, oldest first. */
  async subjects(): Promise<string[]> {
    return (await this.git(["log", "--reverse", "--format=%s", "main"], this.bare)).split("\n")
  }

  show(path: string): Promise<string> {
    return this.git(["show", `main:${path}`], this.bare)
  }

  /** A script that the host runs at each push, e.g. `pre-receive`. */
  async hook(name: string, script: string): Promise<void> {
    await writeFile(join(this.bare, "hooks", name), `#!/bin/sh\n${script}\n`, { mode: 0o755 })
  }

  mirror(more: Partial<MirrorOptions> = {}): Mirror {
    return new Mirror({
      git: this.system(),
      folder: join(this.folder, "agent"),
      name: "team/config",
      remote: { url: this.url, branch: "main" },
      path: "cluster",
      log: () => {},
      onHead: () => {},
      ...more,
    })
  }

  writer(more: Partial<WriterOptions> = {}) {
    return createGitWriter({
      git: this.system(),
      mirror: this.mirror(),
      committer: { name: "Serin", email: "serin@example.org" },
      pushesPerMinute: 1000,
      clock: systemClock,
      log: () => {},
      at: () => {},
      ...more,
    })
  }

  system(): Git {
    const folder = join(this.folder, "agent")
    return new Git({ folder, path: process.env["PATH"] ?? "", protocols: "file:http:https:ssh" })
  }

  async close(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 })
  }
}
