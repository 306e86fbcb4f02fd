import { suite } from "../case.ts"
import type { Session } from "../session.ts"
import { newKey, withKey, type Keys } from "../ssh.ts"

interface Holder extends Keys {
  readonly env: Readonly<Record<string, string>>
  /** Takes the key away from the repository again. */
  readonly remove: () => Promise<void>
}

/** A key for one repository of the host that knows what keys may do. */
async function holder(s: Session, title: string, readOnly: boolean, repository = s.repository): Promise<Holder> {
  const door = s.target.guarded
  const keys = await newKey(s, title)
  await door.createRepository(repository)
  const remove = await door.addDeployKey(repository, { title, key: keys.publicKey, readOnly })
  return { ...keys, remove, env: await withKey(s, keys, door) }
}

const url = (s: Session, repository?: string) => s.sshUrl(repository, s.target.guarded)

/** A repository with two commits, its work tree, and who wrote them. */
async function filled(s: Session, repository?: string) {
  const writer = await holder(s, "writer", false, repository)
  const { tree } = await s.workTree("work", url(s, repository))
  for (const file of ["a.txt", "b.txt"]) await s.commit(tree, file)
  await s.quietGit(["push", "--quiet", "origin", "main"], { in: tree, env: writer.env })
  return { writer, tree }
}

export const deployKeys = suite(
  "deploy-keys",
  {
    "to-write": async (s) => {
      const { writer, tree } = await filled(s)
      const { env } = writer
      await s.commit(tree)
      await s.git(["push", "origin", "main", "main:more"], { in: tree, env })
      await s.git(["push", "--force", "origin", "main~1:main"], { in: tree, env })
      await s.git(["push", "origin", ":more"], { in: tree, env })
      await s.git(["ls-remote", url(s)], { env })
    },
    "only-to-read": async (s) => {
      const { tree } = await filled(s)
      const { env } = await holder(s, "reader", true)
      await s.git(["clone", url(s), "copy"], { env })
      await s.git(["fetch", "origin"], { in: tree, env })
      await s.git(["archive", `--remote=${url(s)}`, "--output=all.tar", "HEAD"], { env })
    },
    "only-to-read-does-not-push": async (s) => {
      const { tree } = await filled(s)
      const { env } = await holder(s, "reader", true)
      await s.commit(tree)
      await s.git(["push", "origin", "main"], { in: tree, env })
      await s.git(["push", "--force", "origin", "main~1:main"], { in: tree, env })
      await s.git(["push", "origin", "main:refs/tags/1.0.0"], { in: tree, env })
      await s.git(["push", "origin", ":main"], { in: tree, env })
      await s.git(["ls-remote", url(s)], { env })
    },
    "of-another-repository": async (s) => {
      const { tree } = await filled(s)
      const { env } = await holder(s, "elsewhere", false, `${s.repository}-elsewhere`)
      await s.git(["ls-remote", url(s)], { env })
      await s.git(["push", "origin", "main"], { in: tree, env })
      await s.git(["ls-remote", url(s, `${s.repository}-elsewhere`)], { env })
    },
    "of-two-repositories": async (s) => {
      const { writer, tree } = await filled(s)
      const door = s.target.guarded
      const second = `${s.repository}-second`
      await door.createRepository(second)
      await door.addDeployKey(second, { title: "writer", key: writer.publicKey, readOnly: true })
      await s.git(["ls-remote", url(s, second)], { env: writer.env })
      await s.git(["push", url(s, second), "main"], { in: tree, env: writer.env })
      await s.git(["push", url(s), "main:more"], { in: tree, env: writer.env })
    },
    "that-was-not-added": async (s) => {
      await filled(s)
      const env = await withKey(s, await newKey(s, "stranger"), s.target.guarded)
      await s.git(["ls-remote", url(s)], { env })
    },
    "that-was-removed": async (s) => {
      const { tree } = await filled(s)
      const { env, remove } = await holder(s, "second", false)
      await s.git(["ls-remote", url(s)], { env })
      await remove()
      await s.git(["ls-remote", url(s)], { env })
      await s.git(["push", "origin", "main:more"], { in: tree, env })
    },
    "unknown-repository": async (s) => {
      const { writer, tree } = await filled(s)
      await s.git(["ls-remote", url(s, "team/nothing")], { env: writer.env })
      await s.git(["push", url(s, "team/nothing"), "main"], { in: tree, env: writer.env })
    },
    "path-traversal": async (s) => {
      const { writer } = await filled(s)
      const { env } = writer
      await s.git(["ls-remote", `${s.target.guarded.url}/team/../${s.repository}.git`], { env })
      await s.git(["ls-remote", `${s.target.guarded.url}/../../etc`], { env })
      await s.git(["ls-remote", `${s.target.guarded.url}/etc/passwd`], { env })
    },
  },
  ["ssh"],
)
