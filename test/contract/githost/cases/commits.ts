import { randomBytes } from "node:crypto"
import { suite } from "../case.ts"

export const commits = suite("commits", {
  "first-push": async (s) => {
    await s.quietGit(["clone", "--quiet", s.url(), "work"])
    await s.commit("work")
    await s.git(["push", "--set-upstream", "origin", "main"], { in: "work" })
    await s.refs()
  },
  "first-push-of-another-branch": async (s) => {
    const { tree } = await s.workTree()
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
    const other = await s.clone()
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
      await s.clone(name)
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
