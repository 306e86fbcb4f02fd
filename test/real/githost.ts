import { appendFileSync, chmodSync, mkdirSync, mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { githostContract } from "../contract/githost/contract.ts"
import { startEmbedded } from "../contract/githost/embedded.ts"
import type { Target } from "../contract/githost/target.ts"
import { compareBoth } from "./both.ts"
import type { Daemon } from "./daemon.ts"
import { startApache, workers } from "./git/apache.ts"
import { startGitShell } from "./git/git-shell.ts"
import { startGitolite } from "./git/gitolite.ts"
import { succeed } from "./git/succeed.ts"
import type { RealSuite } from "./suite.ts"

/** The contract of the git host on git's own servers and on the embedded one. */
export const githost: RealSuite = {
  name: "githost",
  about: "the git host's contract on git http-backend in Apache and git-shell and gitolite in OpenSSH's sshd",
  packages: {
    "/usr/lib/git-core/git-http-backend": "git",
    "git-shell": "git",
    "/usr/sbin/apache2": "apache2",
    "/usr/sbin/sshd": "openssh-server",
    ssh: "openssh-client",
    gitolite: "gitolite3",
  },
  run: (options) => compareBoth(githostContract, { real: startReal, embedded: startEmbedded }, options),
}

/** What forges allow and git does not by itself; and no forge speaks the dumb protocol. */
const repositoryConfig = `[receive]
	denyDeleteCurrent = ignore
	autogc = false
[gc]
	auto = 0
[uploadpack]
	allowFilter = true
	allowAnySHA1InWant = true
[http]
	getanyfile = false
`

async function startReal(): Promise<Target & { close(): Promise<void> }> {
  const folder = mkdtempSync(join(tmpdir(), "serin-real-"))
  // Apache's workers are another user.
  chmodSync(folder, 0o755)
  const repositories = join(folder, "repositories")
  mkdirSync(repositories)
  const daemons: Daemon[] = []
  const close = async () => {
    for (const daemon of daemons) await daemon.stop()
    rmSync(folder, { recursive: true, force: true })
  }
  try {
    const apache = await startApache(folder, repositories)
    daemons.push(apache.daemon)
    const gitShell = await startGitShell(join(folder, "git-shell"), repositories, (name) => {
      createRepository(repositories, name)
      return Promise.resolve()
    })
    daemons.push(gitShell.sshd.daemon)
    const gitolite = await startGitolite(join(folder, "gitolite"))
    daemons.push(gitolite.sshd.daemon)
    return {
      name: "real",
      features: new Set(["ssh"]),
      http: apache.url,
      ssh: gitShell.door,
      guarded: gitolite.door,
      close,
    }
  } catch (error) {
    await close()
    throw error
  }
}

function createRepository(repositories: string, name: string): void {
  const path = join(repositories, `${name}.git`)
  succeed("git", ["init", "--quiet", "--bare", "--initial-branch=main", "--template=", path])
  appendFileSync(join(path, "config"), repositoryConfig)
  if (process.getuid?.() === 0) succeed("chown", ["-R", `${workers}:${workers}`, dirname(path)])
}
