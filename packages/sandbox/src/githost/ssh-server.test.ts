import { mkdir, readFile, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { isInstalled, run } from "../testing/programs.ts"
import { temporaryFolder } from "../testing/temporary.ts"
import { until } from "../testing/until.ts"
import { gitHost, gitIn, type Git, commit, listener, api } from "./testing.ts"

describe.skipIf(!isInstalled("ssh", "-V"))("git over SSH", () => {
  async function keyPair(folder: string, name: string): Promise<{ file: string; key: string }> {
    const file = join(folder, name)
    await run("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", file])
    return { file, key: await readFile(`${file}.pub`, "utf8") }
  }

  async function setUp() {
    const host = await gitHost()
    await host.createRepository("team/config")
    await host.createRepository("team/other")
    const folder = await temporaryFolder()
    const knownHosts = join(folder, "known_hosts")
    await writeFile(knownHosts, `${host.knownHosts}\n`)
    const withKey = (file: string) => {
      const options = [
        "-F",
        "none",
        "-o",
        "IdentitiesOnly=yes",
        "-o",
        `UserKnownHostsFile=${knownHosts}`,
        "-o",
        "StrictHostKeyChecking=yes",
        "-o",
        "BatchMode=yes",
      ]
      return gitIn(folder, { GIT_SSH_COMMAND: ["ssh", "-i", file, ...options].join(" ") })
    }
    return { host, folder, withKey }
  }

  it("opens a repository to its deploy keys, to write or only to read", async () => {
    const { host, folder, withKey } = await setUp()
    const { url, pushes } = await listener()
    await host.addHook("team/config", { url })
    const writing = await keyPair(folder, "writing")
    const reading = await keyPair(folder, "reading")
    await host.addDeployKey("team/config", { title: "serin", key: writing.key, readOnly: false })
    await host.addDeployKey("team/config", { title: "mirror", key: reading.key, readOnly: true })
    const git = withKey(writing.file)
    await git("clone", "--quiet", host.sshCloneUrl("team/config"), "work")
    const work = join(folder, "work")
    await mkdir(work, { recursive: true })
    const inWork: Git = (...args) => git("-C", work, ...args)
    const head = await commit(inWork, work, "a.txt", "one")
    await inWork("push", "--quiet", "origin", "HEAD:main")
    await until(() => expect(pushes[0]?.push).toMatchObject({ after: head, pusher: { name: "serin" } }))
    const reader = withKey(reading.file)
    expect(await reader("ls-remote", host.sshCloneUrl("team/config"))).toContain(head)
    await expect(reader("-C", work, "push", "origin", "HEAD:refs/heads/x")).rejects.toThrow(
      /may read team\/config\.git but not push/,
    )
    await expect(git("ls-remote", host.sshCloneUrl("team/other"))).rejects.toThrow(/does not open team\/other\.git/)
  })

  it("refuses a key that was not added, and one that was removed", async () => {
    const { host, folder, withKey } = await setUp()
    const stranger = await keyPair(folder, "stranger")
    const git = withKey(stranger.file)
    await expect(git("ls-remote", host.sshCloneUrl("team/config"))).rejects.toThrow(/Permission denied \(publickey\)/)
    const { id } = await host.addDeployKey("team/config", { title: "x", key: stranger.key, readOnly: false })
    expect(await git("ls-remote", host.sshCloneUrl("team/config"))).toBe("")
    await api(host, "DELETE", `repos/team/config/keys/${id}`)
    await expect(git("ls-remote", host.sshCloneUrl("team/config"))).rejects.toThrow(/Permission denied \(publickey\)/)
  })

  it("gives no shell and runs no other program", async () => {
    const { host, folder } = await setUp()
    const { file, key } = await keyPair(folder, "key")
    await host.addDeployKey("team/config", { title: "x", key, readOnly: false })
    const ssh = (command: string) =>
      run("ssh", [
        "-F",
        "none",
        "-i",
        file,
        "-p",
        String(host.sshPort),
        "-o",
        "StrictHostKeyChecking=no",
        "-o",
        `UserKnownHostsFile=${folder}/other`,
        "git@127.0.0.1",
        command,
      ])
    await expect(ssh("cat /etc/passwd")).rejects.toThrow(/Only git-upload-pack/)
    await expect(ssh("git-upload-pack '/team/config.git'; id")).rejects.toThrow(/Only git-upload-pack/)
  })
})
