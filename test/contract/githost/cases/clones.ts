import { suite } from "../case.ts"
import type { Session } from "../session.ts"

const log = (s: Session, tree: string, ...refs: readonly string[]) =>
  s.git(["log", "--format=%h %d %s", ...refs], { in: tree })

export const clones = suite("clones", {
  clone: async (s) => {
    await s.pushed(2)
    await s.git(["clone", s.url(), "copy"])
    await log(s, "copy")
  },
  "clone-of-each-version": async (s) => {
    await s.pushed()
    for (const version of ["0", "1", "2"])
      await s.git(["-c", `protocol.version=${version}`, "clone", s.url(), `copy-${version}`])
  },
  "clone-of-an-empty-repository": async (s) => {
    await s.git(["clone", s.url(), "copy"])
    await s.git(["symbolic-ref", "HEAD"], { in: "copy" })
  },
  "clone-bare-and-mirrored": async (s) => {
    const { tree } = await s.pushed()
    await s.quietGit(["push", "--quiet", "origin", "main:refs/notes/commits", "main:refs/tags/1.0.0"], { in: tree })
    await s.git(["clone", "--bare", s.url(), "bare.git"])
    await s.git(["for-each-ref"], { in: "bare.git" })
    await s.git(["clone", "--mirror", s.url(), "mirror.git"])
    await s.git(["for-each-ref"], { in: "mirror.git" })
  },
  "clone-shallow": async (s) => {
    await s.pushed(3)
    await s.git(["clone", "--depth=1", s.url(), "copy"])
    await log(s, "copy")
    await s.git(["fetch", "--deepen=1"], { in: "copy" })
    await log(s, "copy")
    await s.git(["fetch", "--unshallow"], { in: "copy" })
    await log(s, "copy")
  },
  "clone-without-blobs": async (s) => {
    await s.pushed(2)
    await s.git(["clone", "--filter=blob:none", "--no-checkout", s.url(), "copy"])
    await s.git(["rev-list", "--objects", "--all", "--missing=print"], { in: "copy" })
    await s.git(["show", "HEAD:a.txt"], { in: "copy" })
    await s.git(["rev-list", "--objects", "--all", "--missing=print"], { in: "copy" })
  },
  "clone-one-branch": async (s) => {
    const { tree } = await s.pushed(2)
    await s.quietGit(["push", "--quiet", "origin", "main~1:refs/heads/older"], { in: tree })
    await s.git(["clone", "--single-branch", "--branch=older", s.url(), "copy"])
    await s.git(["branch", "--all"], { in: "copy" })
  },
  "clone-a-branch-that-is-not-there": async (s) => {
    await s.pushed()
    await s.git(["clone", "--branch=nothing", s.url(), "copy"])
  },
  "clone-when-the-default-branch-is-gone": async (s) => {
    const { tree } = await s.pushed()
    await s.quietGit(["push", "--quiet", "origin", "main:other", ":main"], { in: tree })
    await s.git(["clone", s.url(), "copy"])
  },
  fetch: async (s) => {
    const { tree } = await s.pushed()
    const other = await s.clone()
    await s.commit(tree)
    await s.quietGit(["tag", "1.0.0"], { in: tree })
    await s.quietGit(["push", "--quiet", "origin", "main", "1.0.0", "main:more"], { in: tree })
    await s.git(["fetch", "origin"], { in: other })
    await s.git(["fetch", "origin"], { in: other })
    await log(s, other, "origin/main")
  },
  "fetch-a-branch-that-was-forced": async (s) => {
    const { tree } = await s.pushed(2)
    const other = await s.clone()
    await s.quietGit(["reset", "--quiet", "--hard", "HEAD~1"], { in: tree })
    await s.commit(tree, "b.txt")
    await s.quietGit(["push", "--quiet", "--force", "origin", "main"], { in: tree })
    await s.git(["fetch", "origin"], { in: other })
    await s.git(["pull", "--ff-only"], { in: other })
  },
  "fetch-prunes": async (s) => {
    const { tree } = await s.pushed()
    await s.quietGit(["push", "--quiet", "origin", "main:more"], { in: tree })
    const other = await s.clone()
    await s.quietGit(["push", "--quiet", "origin", ":more"], { in: tree })
    await s.git(["fetch", "--prune", "origin"], { in: other })
  },
  "fetch-one-commit": async (s) => {
    const { ids } = await s.pushed(3)
    await s.workTree("other")
    await s.git(["fetch", "--depth=1", "origin", String(ids[1])], { in: "other" })
    await s.git(["log", "--format=%h %s", "FETCH_HEAD"], { in: "other" })
  },
  "fetch-what-is-not-there": async (s) => {
    const { tree } = await s.pushed()
    await s.git(["fetch", "origin", "nothing"], { in: tree })
    await s.git(["fetch", "origin", "1234567890123456789012345678901234567890"], { in: tree })
  },
  "ls-remote": async (s) => {
    const { tree } = await s.pushed()
    await s.quietGit(["tag", "--annotate", "--message", "One", "1.0.0"], { in: tree })
    await s.quietGit(["push", "--quiet", "origin", "1.0.0", "main:a/b/c"], { in: tree })
    await s.git(["ls-remote", s.url()])
    await s.git(["ls-remote", "--symref", "--heads", s.url()])
    await s.git(["ls-remote", "--tags", s.url(), "1.*"])
    await s.git(["ls-remote", "--exit-code", s.url(), "refs/heads/nothing"])
  },
  "archive-is-not-for-http": async (s) => {
    await s.pushed()
    await s.git(["archive", `--remote=${s.url()}`, "HEAD"])
  },
  "bundle-of-a-mirror": async (s) => {
    const { tree } = await s.pushed(2)
    await s.quietGit(["push", "--quiet", "origin", "main~1:refs/heads/older", "main:refs/tags/1.0.0"], { in: tree })
    await s.quietGit(["clone", "--quiet", "--mirror", s.url(), "mirror.git"])
    await s.git(["bundle", "create", "--quiet", "../all.bundle", "--all"], { in: "mirror.git" })
    await s.git(["bundle", "list-heads", "all.bundle"])
  },
})
