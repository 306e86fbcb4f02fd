import { randomBytes } from "node:crypto"
import { suite } from "../case.ts"
import type { Session } from "../session.ts"

/** Another person's clone of what is there, unrecorded. */
async function clone(s: Session, name = "other"): Promise<string> {
  await s.quietGit(["clone", "--quiet", s.url(), name])
  return name
}

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
    const other = await clone(s)
    await s.commit(tree)
    await s.quietGit(["tag", "1.0.0"], { in: tree })
    await s.quietGit(["push", "--quiet", "origin", "main", "1.0.0", "main:more"], { in: tree })
    await s.git(["fetch", "origin"], { in: other })
    await s.git(["fetch", "origin"], { in: other })
    await log(s, other, "origin/main")
  },
  "fetch-a-branch-that-was-forced": async (s) => {
    const { tree } = await s.pushed(2)
    const other = await clone(s)
    await s.quietGit(["reset", "--quiet", "--hard", "HEAD~1"], { in: tree })
    await s.commit(tree, "b.txt")
    await s.quietGit(["push", "--quiet", "--force", "origin", "main"], { in: tree })
    await s.git(["fetch", "origin"], { in: other })
    await s.git(["pull", "--ff-only"], { in: other })
  },
  "fetch-prunes": async (s) => {
    const { tree } = await s.pushed()
    await s.quietGit(["push", "--quiet", "origin", "main:more"], { in: tree })
    const other = await clone(s)
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

export const commits = suite("commits", {
  "first-push": async (s) => {
    await s.quietGit(["clone", "--quiet", s.url(), "work"])
    await s.commit("work")
    await s.git(["push", "--set-upstream", "origin", "main"], { in: "work" })
    await s.refs()
  },
  "first-push-of-another-branch": async (s) => {
    const tree = await s.workTree()
    await s.commit(tree)
    await s.git(["push", "origin", "main:other"], { in: tree })
    await s.git(["clone", s.url(), "copy"])
  },
  push: async (s) => {
    const { tree } = await s.pushed()
    await s.commit(tree)
    await s.git(["push", "origin", "main"], { in: tree })
    await s.git(["push", "origin", "main"], { in: tree })
    await s.git(["push", "--porcelain", "origin", "main"], { in: tree })
  },
  "push-of-each-version": async (s) => {
    const { tree } = await s.pushed()
    for (const version of ["0", "1", "2"])
      await s.git(["-c", `protocol.version=${version}`, "push", "origin", `main:version-${version}`], { in: tree })
    await s.refs()
  },
  "push-dry-run": async (s) => {
    const { tree } = await s.pushed()
    await s.commit(tree)
    await s.git(["push", "--dry-run", "origin", "main"], { in: tree })
    await s.refs()
  },
  "push-that-is-not-a-fast-forward": async (s) => {
    const { tree } = await s.pushed(2)
    await s.quietGit(["reset", "--quiet", "--hard", "HEAD~1"], { in: tree })
    await s.git(["push", "origin", "main"], { in: tree })
    await s.refs()
  },
  "push-when-another-was-first": async (s) => {
    const { tree } = await s.pushed()
    const other = await clone(s)
    await s.commit(other, "b.txt")
    await s.quietGit(["push", "--quiet", "origin", "main"], { in: other })
    await s.commit(tree)
    await s.git(["push", "origin", "main"], { in: tree })
    await s.git(["pull", "--rebase", "--quiet", "origin", "main"], { in: tree })
    await s.git(["push", "origin", "main"], { in: tree })
    await s.refs()
  },
  "push-forced": async (s) => {
    const { tree } = await s.pushed(2)
    await s.quietGit(["reset", "--quiet", "--hard", "HEAD~1"], { in: tree })
    await s.commit(tree, "b.txt")
    await s.git(["push", "--force", "origin", "main"], { in: tree })
    await s.refs()
  },
  "push-forced-with-a-lease": async (s) => {
    const { tree, ids } = await s.pushed(2)
    await s.quietGit(["reset", "--quiet", "--hard", "HEAD~1"], { in: tree })
    await s.git(["push", `--force-with-lease=main:${String(ids[0])}`, "origin", "main"], { in: tree })
    await s.git(["push", `--force-with-lease=main:${String(ids[1])}`, "origin", "main"], { in: tree })
    await s.refs()
  },
  "push-of-several": async (s) => {
    const { tree } = await s.pushed()
    await s.quietGit(["branch", "one"], { in: tree })
    await s.commit(tree)
    await s.quietGit(["branch", "two"], { in: tree })
    await s.git(["push", "origin", "main", "one", "two", "main~1:refs/heads/three"], { in: tree })
    await s.refs()
  },
  "push-of-several-of-which-one-fails": async (s) => {
    const { tree } = await s.pushed(2)
    await s.git(["push", "origin", "main~1:main", "main:more"], { in: tree })
    await s.refs()
  },
  "push-atomic": async (s) => {
    const { tree } = await s.pushed()
    await s.commit(tree)
    await s.git(["push", "--atomic", "origin", "main", "main:more"], { in: tree })
    await s.refs()
  },
  "push-atomic-of-which-one-fails": async (s) => {
    const { tree } = await s.pushed(2)
    await s.git(["push", "--atomic", "origin", "main~1:main", "main:more"], { in: tree })
    await s.refs()
  },
  "delete-a-branch": async (s) => {
    const { tree } = await s.pushed()
    await s.quietGit(["push", "--quiet", "origin", "main:more"], { in: tree })
    await s.git(["push", "origin", "--delete", "more"], { in: tree })
    await s.git(["push", "origin", "--delete", "more"], { in: tree })
    await s.refs()
  },
  "delete-the-default-branch": async (s) => {
    const { tree } = await s.pushed()
    await s.git(["push", "origin", ":main"], { in: tree })
    await s.refs()
  },
  "light-tag": async (s) => {
    const { tree } = await s.pushed()
    await s.quietGit(["tag", "1.0.0"], { in: tree })
    await s.git(["push", "origin", "1.0.0"], { in: tree })
    await s.refs()
  },
  "annotated-tag": async (s) => {
    const { tree } = await s.pushed()
    await s.commit(tree)
    await s.quietGit(["tag", "--annotate", "--message", "One", "1.0.0"], { in: tree })
    await s.git(["push", "--follow-tags", "origin", "main"], { in: tree })
    await s.refs()
  },
  "tag-that-is-there": async (s) => {
    const { tree } = await s.pushed(2)
    await s.quietGit(["push", "--quiet", "origin", "main:refs/tags/1.0.0"], { in: tree })
    await s.git(["push", "origin", "main~1:refs/tags/1.0.0"], { in: tree })
    await s.git(["push", "--force", "origin", "main~1:refs/tags/1.0.0"], { in: tree })
    await s.refs()
  },
  "delete-a-tag": async (s) => {
    const { tree } = await s.pushed()
    await s.quietGit(["push", "--quiet", "origin", "main:refs/tags/1.0.0"], { in: tree })
    await s.git(["push", "origin", ":refs/tags/1.0.0"], { in: tree })
    await s.refs()
  },
  "mirror-of-everything": async (s) => {
    const { tree } = await s.pushed()
    await s.quietGit(["push", "--quiet", "origin", "main:gone"], { in: tree })
    await s.quietGit(["branch", "new"], { in: tree })
    await s.quietGit(["tag", "1.0.0"], { in: tree })
    await s.git(["push", "--mirror", s.url()], { in: tree })
    await s.refs()
  },
  "branch-below-a-branch": async (s) => {
    const { tree } = await s.pushed()
    await s.git(["push", "origin", "main:main/below"], { in: tree })
    await s.refs()
  },
  "beyond-the-post-buffer": async (s) => {
    const { tree } = await s.pushed()
    await s.commit(tree, "big.bin", randomBytes(3_000_000).toString("base64"))
    await s.tryGit(["-c", "http.postBuffer=65536", "push", "--quiet", "origin", "main"], { in: tree })
    const pushed = await s.quietGit(["ls-remote", s.url(), "refs/heads/main"])
    s.note("the push arrived", String(pushed.startsWith(await s.quietGit(["rev-parse", "HEAD"], { in: tree }))))
    await s.quietGit(["clone", "--quiet", s.url(), "copy"])
    s.note("whole", String((await s.bytes("copy/big.bin")).equals(await s.bytes("work/big.bin"))))
  },
  "many-refs": async (s) => {
    const { tree } = await s.pushed()
    const names = Array.from({ length: 300 }, (_, number) => `main:refs/heads/many/${String(number)}`)
    await s.quietGit(["push", "--quiet", "origin", ...names], { in: tree })
    const refs = await s.quietGit(["ls-remote", s.url(), "refs/heads/many/*"])
    s.note("refs", String(refs.split("\n").length))
  },
  "push-options": async (s) => {
    const { tree } = await s.pushed()
    await s.commit(tree)
    await s.git(["push", "--push-option=ci.skip", "origin", "main"], { in: tree })
    await s.refs()
  },
  "shallow-clone-pushes": async (s) => {
    await s.pushed(3)
    await s.quietGit(["clone", "--quiet", "--depth=1", s.url(), "copy"])
    await s.commit("copy", "b.txt")
    await s.git(["push", "origin", "main"], { in: "copy" })
    await s.refs()
  },
  "clone-without-blobs-pushes": async (s) => {
    await s.pushed(2)
    await s.quietGit(["clone", "--quiet", "--filter=blob:none", s.url(), "copy"])
    await s.commit("copy", "b.txt")
    await s.git(["push", "origin", "main"], { in: "copy" })
    await s.refs()
  },
  "of-many-at-once-one-wins": async (s) => {
    await s.pushed()
    const names = ["a", "b", "c", "d"]
    const tips = new Map<string, string>()
    for (const name of names) {
      await clone(s, name)
      tips.set(await s.commit(name, `${name}.txt`), name)
    }
    const ended = await Promise.all(names.map((name) => s.tryGit(["push", "origin", "main"], { in: name })))
    const winners = names.filter((_, index) => ended[index]?.code === 0)
    s.note("winners", String(winners.length))
    const head = (await s.quietGit(["ls-remote", s.url(), "refs/heads/main"])).split("\t")[0] ?? ""
    s.note("the branch is the winner's", String(tips.get(head) === winners[0]))
    const reasons = ended.filter(({ code }) => code !== 0).map(({ stderr }) => /! \[(remote )?rejected\]/.test(stderr))
    s.note("the others hear that they were refused", String(reasons))
  },
  "many-branches-at-once": async (s) => {
    const { tree } = await s.pushed()
    const names = ["a", "b", "c", "d", "e"]
    const ended = await Promise.all(
      names.map((name) => s.tryGit(["push", "--quiet", "origin", `main:${name}`], { in: tree })),
    )
    s.note("exit codes", ended.map(({ code }) => String(code)).join(" "))
    await s.refs()
  },
})
