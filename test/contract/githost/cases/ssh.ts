import { suite } from "../case.ts"
import type { Session } from "../session.ts"
import { newKey, sshOptions, withKey, type Keys } from "../ssh.ts"

/** A key that may do all in the case's repository. */
async function added(s: Session, type?: string): Promise<Keys> {
  const keys = await newKey(s, "key", type)
  await s.target.ssh.addDeployKey(s.repository, { title: "key", key: keys.publicKey, readOnly: false })
  return keys
}

/** Asks for a program by ssh itself; `shown` stands for it in the transcript. */
async function ask(s: Session, keys: Keys, command: readonly string[], more: readonly string[] = []) {
  const { port, username } = new URL(s.target.ssh.url)
  const options = await sshOptions(s, keys)
  const args = [...options, ...more, "-p", port, `${username}@127.0.0.1`, ...command]
  await s.run("ssh", args, [...more, "<host>", ...command].join(" "))
}

export const ssh = suite(
  "ssh",
  {
    "clone-and-push": async (s) => {
      const env = await withKey(s, await added(s))
      await s.git(["clone", s.sshUrl(), "work"], { env })
      await s.commit("work")
      await s.git(["push", "origin", "main"], { in: "work", env })
      await s.git(["clone", s.sshUrl(), "copy"], { env })
      await s.refs()
    },
    "of-each-version": async (s) => {
      await s.pushed()
      const env = await withKey(s, await added(s))
      for (const version of ["0", "1", "2"])
        await s.git(["-c", `protocol.version=${version}`, "ls-remote", s.sshUrl()], { env })
    },
    "of-each-kind-of-key": async (s) => {
      await s.pushed()
      for (const type of ["ed25519", "ecdsa", "rsa"]) {
        const keys = await newKey(s, type, type)
        await s.target.ssh.addDeployKey(s.repository, { title: type, key: keys.publicKey, readOnly: true })
        await s.git(["ls-remote", "--heads", s.sshUrl()], { env: await withKey(s, keys) })
      }
    },
    "shallow-and-without-blobs": async (s) => {
      await s.pushed(3)
      const env = await withKey(s, await added(s))
      await s.git(["clone", "--depth=1", "--filter=blob:none", "--no-checkout", s.sshUrl(), "copy"], { env })
      await s.git(["rev-list", "--objects", "--all", "--missing=print"], { in: "copy" })
    },
    "push-that-is-not-a-fast-forward": async (s) => {
      const { tree } = await s.pushed(2)
      const env = await withKey(s, await added(s))
      await s.git(["push", s.sshUrl(), "main~1:main"], { in: tree, env })
      await s.git(["push", "--force", s.sshUrl(), "main~1:main"], { in: tree, env })
      await s.refs()
    },
    "push-atomic-of-which-one-fails": async (s) => {
      const { tree } = await s.pushed(2)
      const env = await withKey(s, await added(s))
      await s.git(["push", "--atomic", s.sshUrl(), "main~1:main", "main:more"], { in: tree, env })
      await s.refs()
    },
    "delete-a-branch": async (s) => {
      const { tree } = await s.pushed()
      await s.quietGit(["push", "--quiet", "origin", "main:more"], { in: tree })
      const env = await withKey(s, await added(s))
      await s.git(["push", s.sshUrl(), "--delete", "more"], { in: tree, env })
      await s.refs()
    },
    "key-that-was-not-added": async (s) => {
      await s.pushed()
      await s.git(["ls-remote", s.sshUrl()], { env: await withKey(s, await newKey(s, "stranger")) })
    },
    "user-that-is-not-there": async (s) => {
      const keys = await added(s)
      const { port } = new URL(s.target.ssh.url)
      await s.git(["ls-remote", `ssh://nobody@127.0.0.1:${port}/${s.repository}.git`], { env: await withKey(s, keys) })
    },
    "host-key-that-is-not-known": async (s) => {
      await s.git(["ls-remote", s.sshUrl()], {
        env: await withKey(s, await added(s), { ...s.target.ssh, hostKey: "" }),
      })
    },
    "host-key-that-has-changed": async (s) => {
      const other = await newKey(s, "other")
      const hostKey = other.publicKey.split(" ").slice(0, 2).join(" ")
      await s.git(["ls-remote", s.sshUrl()], { env: await withKey(s, await added(s), { ...s.target.ssh, hostKey }) })
    },
    "unknown-repository": async (s) => {
      await s.git(["ls-remote", s.sshUrl("team/nothing")], { env: await withKey(s, await added(s)) })
    },
    "no-shell": async (s) => {
      await ask(s, await added(s), [])
    },
    "no-other-program": async (s) => {
      const keys = await added(s)
      await ask(s, keys, ["cat /etc/passwd"])
      await ask(s, keys, ["git-upload-pack"])
      await ask(s, keys, ["git-nothing 'a/b.git'"])
    },
    "no-program-behind-a-program": async (s) => {
      const keys = await added(s)
      await ask(s, keys, ["git-upload-pack '/team/nothing.git'; id"])
      await ask(s, keys, ["git-upload-pack '/team/nothing.git' && id"])
      await ask(s, keys, ["git-upload-pack $(id)"])
    },
    "no-terminal": async (s) => {
      await ask(s, await added(s), [], ["-tt"])
    },
    "no-forwarding": async (s) => {
      const keys = await added(s)
      await ask(s, keys, [], ["-W", "127.0.0.1:1"])
    },
    "no-subsystem": async (s) => {
      await ask(s, await added(s), ["sftp"], ["-s"])
    },
    archive: async (s) => {
      await s.pushed()
      await s.git(["archive", `--remote=${s.sshUrl()}`, "--format=tar", "--output=all.tar", "HEAD"], {
        env: await withKey(s, await added(s)),
      })
    },
  },
  ["ssh"],
)
