import { suite } from "../case.ts"
import { flush } from "../packets.ts"
import { basic, type Session } from "../session.ts"
import { users } from "../target.ts"

const upload = "info/refs?service=git-upload-pack"
const receive = "info/refs?service=git-receive-pack"
const fetchType = { "content-type": "application/x-git-upload-pack-request" }
const pushType = { "content-type": "application/x-git-receive-pack-request" }

const withHeader = (s: Session, authorization: string) =>
  s.send("GET", s.at(upload), { as: "nobody", headers: { authorization } })

export const auth = suite("auth", {
  nobody: async (s) => {
    await s.pushed()
    await s.send("GET", s.at(upload), { as: "nobody" })
    await s.send("GET", s.at(receive), { as: "nobody" })
    await s.send("POST", s.at("git-upload-pack"), { as: "nobody", headers: fetchType, body: flush })
    await s.send("POST", s.at("git-receive-pack"), { as: "nobody", headers: pushType, body: flush })
  },
  "nobody-learns-of-no-repository": async (s) => {
    await s.send("GET", s.at(upload, "team/nothing"), { as: "nobody" })
    await s.send("GET", s.at(upload, "../../etc"), { as: "nobody" })
  },
  "wrong-password": async (s) => {
    await s.pushed()
    await withHeader(s, basic({ name: "dev", password: "wrong" }))
    await withHeader(s, basic({ name: "dev", password: "" }))
    await withHeader(s, basic({ name: "dev", password: "dev-secret " }))
  },
  "unknown-user": async (s) => {
    await s.pushed()
    await withHeader(s, basic({ name: "somebody", password: "wrong" }))
    await withHeader(s, basic({ name: "", password: "" }))
  },
  "malformed-credentials": async (s) => {
    await s.pushed()
    await withHeader(s, "Basic")
    await withHeader(s, "Basic !!!")
    await withHeader(s, `Basic ${Buffer.from("no colon").toString("base64")}`)
    await withHeader(s, "Negotiate abc")
  },
  "scheme-in-other-letters": async (s) => {
    await s.pushed()
    await withHeader(s, basic(users.reader).replace("Basic", "bAsIc"))
  },
  "reader-fetches": async (s) => {
    await s.pushed()
    await s.send("GET", s.at(upload), { as: users.reader })
    await s.git(["ls-remote", s.url(users.reader)])
  },
  "reader-may-not-push": async (s) => {
    await s.pushed()
    await s.send("GET", s.at(receive), { as: users.reader })
    await s.send("POST", s.at("git-receive-pack"), { as: users.reader, headers: pushType, body: flush })
  },
  "reader-may-not-push-to-what-is-not-there": async (s) => {
    await s.send("GET", s.at(receive, "team/nothing"), { as: users.reader })
  },
  "clone-without-a-password": async (s) => {
    await s.pushed()
    await s.git(["clone", s.url("nobody"), "copy"])
  },
  "clone-with-a-wrong-password": async (s) => {
    await s.pushed()
    await s.git(["clone", s.url("nobody").replace("http://", "http://dev:wrong@"), "copy"])
  },
  "clone-of-what-is-not-there": async (s) => {
    await s.git(["clone", s.url(users.reader, "team/nothing"), "copy"])
  },
  "push-by-a-reader": async (s) => {
    const { tree } = await s.pushed()
    await s.commit(tree)
    await s.git(["push", s.url(users.reader), "main"], { in: tree })
    await s.refs()
  },
  "password-asked-for-when-needed": async (s) => {
    await s.pushed()
    const helper = `!f() { echo "asked: $1" >&2; echo username=reader; echo password=reader-secret; }; f`
    await s.git(["-c", `credential.helper=${helper}`, "ls-remote", s.url("nobody")])
  },
  "password-that-is-wrong-is-forgotten": async (s) => {
    await s.pushed()
    const helper = `!f() { echo "asked: $1" >&2; echo username=reader; echo password=wrong; }; f`
    await s.git(["-c", `credential.helper=${helper}`, "ls-remote", s.url("nobody")])
  },
})
