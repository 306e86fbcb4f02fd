import { suite } from "../case.ts"

const upload = "info/refs?service=git-upload-pack"
const receive = "info/refs?service=git-receive-pack"

export const discovery = suite("discovery", {
  "upload-pack-version-0": async (s) => {
    const { tree } = await s.pushed(2)
    await s.quietGit(["push", "--quiet", "origin", "main~1:refs/heads/older", "main:refs/tags/1.0.0"], { in: tree })
    await s.send("GET", s.at(upload))
  },
  "upload-pack-version-1": async (s) => {
    await s.pushed()
    await s.send("GET", s.at(upload), { headers: { "git-protocol": "version=1" } })
  },
  "upload-pack-version-2": async (s) => {
    await s.pushed()
    await s.send("GET", s.at(upload), { headers: { "git-protocol": "version=2" } })
  },
  "upload-pack-versions-to-choose-from": async (s) => {
    await s.pushed()
    await s.send("GET", s.at(upload), { headers: { "git-protocol": "version=1:version=2" } })
  },
  "upload-pack-version-that-is-none": async (s) => {
    await s.pushed()
    await s.send("GET", s.at(upload), { headers: { "git-protocol": "version=9" } })
    await s.send("GET", s.at(upload), { headers: { "git-protocol": "$(true) \"'" } })
  },
  "receive-pack-version-0": async (s) => {
    await s.pushed()
    await s.send("GET", s.at(receive))
  },
  "receive-pack-version-1": async (s) => {
    await s.pushed()
    await s.send("GET", s.at(receive), { headers: { "git-protocol": "version=1" } })
  },
  "receive-pack-has-no-version-2": async (s) => {
    await s.pushed()
    await s.send("GET", s.at(receive), { headers: { "git-protocol": "version=2" } })
  },
  "annotated-tag-is-peeled": async (s) => {
    const { tree } = await s.pushed()
    await s.quietGit(["tag", "--annotate", "--message", "One", "1.0.0"], { in: tree })
    await s.quietGit(["push", "--quiet", "origin", "1.0.0"], { in: tree })
    await s.send("GET", s.at(upload))
  },
  "empty-repository": async (s) => {
    await s.send("GET", s.at(upload))
    await s.send("GET", s.at(upload), { headers: { "git-protocol": "version=2" } })
    await s.send("GET", s.at(receive))
  },
  "without-the-default-branch": async (s) => {
    const { tree } = await s.pushed()
    await s.quietGit(["push", "--quiet", "origin", "main:other", ":main"], { in: tree })
    await s.send("GET", s.at(upload))
  },
  "name-without-its-ending": async (s) => {
    await s.pushed()
    await s.send("GET", `/${s.repository}/${upload}`)
  },
  "unknown-repository": async (s) => {
    await s.send("GET", s.at(upload, "team/nothing"))
    await s.send("GET", s.at(receive, "team/nothing"))
    await s.send("GET", s.at(upload, "nothing"))
  },
  "unknown-service": async (s) => {
    await s.pushed()
    await s.send("GET", s.at("info/refs?service=git-upload-archive"))
    await s.send("GET", s.at("info/refs?service=git-nothing"))
    await s.send("GET", s.at("info/refs?service=upload-pack"))
  },
  "more-in-the-query": async (s) => {
    await s.pushed()
    await s.send("GET", s.at(`${upload}&more=1`))
    await s.send("GET", s.at("info/refs?more=1&service=git-upload-pack"))
  },
  "dumb-protocol": async (s) => {
    await s.pushed()
    await s.send("GET", s.at("info/refs"))
    await s.send("GET", s.at("HEAD"))
  },
  "files-of-the-repository": async (s) => {
    await s.pushed()
    await s.send("GET", s.at("config"))
    await s.send("GET", s.at("hooks/post-receive"))
    await s.send("GET", s.at("refs/heads/main"))
  },
  "other-methods": async (s) => {
    await s.pushed()
    await s.send("POST", s.at(upload))
    await s.send("PUT", s.at(upload))
    await s.send("DELETE", s.at(upload))
  },
  head: async (s) => {
    await s.pushed()
    await s.send("HEAD", s.at(upload))
  },
  "path-traversal": async (s) => {
    const { tree } = await s.pushed()
    await s.quietGit(["push", "--quiet", "origin", "main:secret"], { in: tree })
    for (const path of [
      `/../${s.repository}.git/${upload}`,
      `/team/../../${s.repository}.git/${upload}`,
      `/team/%2e%2e/%2e%2e/etc/${upload}`,
      `/team/..%2f..%2fetc/${upload}`,
      s.at(`../../../../etc/passwd`),
      s.at(`objects/../config`),
      s.at(`%2e%2e/%2e%2e/passwd`),
    ])
      await s.send("GET", path)
  },
})
