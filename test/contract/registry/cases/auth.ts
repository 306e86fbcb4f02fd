import { list, text, type Json } from "../../harness/json.ts"
import { suite } from "../case.ts"
import { image, pushBlob, types } from "../content.ts"
import { sha256, type Session } from "../session.ts"
import { service, users } from "../target.ts"

interface User {
  readonly name: string
  readonly password: string
}

const basic = ({ name, password }: User) => ({
  authorization: `Basic ${Buffer.from(`${name}:${password}`).toString("base64")}`,
})

/** The credentials that a client gets from the server that the challenge names. */
async function token(s: Session, scope: string, user?: User): Promise<{ authorization: string }> {
  const { headers } = await s.quiet("GET", "/v2/", { door: "bearer" })
  const realm = /realm="([^"]+)"/.exec(String(headers["www-authenticate"]))?.[1]
  if (realm === undefined) throw new Error("the challenge names no token server")
  const query = new URLSearchParams({ service, scope })
  const response = await fetch(`${realm}?${query.toString()}`, user === undefined ? {} : { headers: basic(user) })
  const body = (await response.json()) as Json
  return { authorization: `Bearer ${text(body, "token")}` }
}

const errors = (body: Json): Json => list(body, "errors").map((error) => text(error, "code"))

export const auth = suite("auth", {
  "basic-challenge": async (s) => {
    await s.send("GET", "/v2/", { door: "basic" })
    await s.send("GET", s.at("tags/list"), { door: "basic" })
    await s.send("POST", s.at("blobs/uploads/"), { door: "basic" })
    await s.send("GET", "/v2/_catalog", { door: "basic" })
  },
  "basic-lets-in": async (s) => {
    const headers = basic(users.pusher)
    await s.send("GET", "/v2/", { door: "basic", headers })
    await pushBlob(s, "hello", s.repository, { door: "basic", headers })
    await s.send("GET", s.at(`blobs/${sha256("hello")}`), { door: "basic", headers })
  },
  "basic-wrong-password": async (s) => {
    const wrong = { door: "basic", headers: basic({ name: "pusher", password: "wrong" }) } as const
    await s.send("GET", "/v2/", wrong)
    await s.send("GET", "/v2/", { door: "basic", headers: basic({ name: "nobody", password: "push-secret" }) })
  },
  "basic-other-scheme": async (s) => {
    await s.send("GET", "/v2/", { door: "basic", headers: { authorization: "Bearer something" } })
    await s.send("GET", "/v2/", { door: "basic", headers: { authorization: "Basic !!!" } })
  },
  "bearer-challenge": async (s) => {
    await s.send("GET", "/v2/", { door: "bearer" })
    await s.send("GET", s.at("tags/list"), { door: "bearer" })
    await s.send("GET", s.at(`blobs/${sha256("hello")}`), { door: "bearer" })
    await s.send("HEAD", s.at("manifests/1.0.0"), { door: "bearer" })
    await s.send("PUT", s.at("manifests/1.0.0"), { door: "bearer" })
    await s.send("POST", s.at("blobs/uploads/"), { door: "bearer" })
  },
  "bearer-challenge-to-delete": async (s) => {
    await s.send("DELETE", s.at(`manifests/${sha256("hello")}`), { door: "bearer" })
    await s.send("DELETE", s.at(`blobs/${sha256("hello")}`), { door: "bearer" })
  },
  "bearer-challenge-of-a-mount": async (s) => {
    const query = `mount=${sha256("hello")}&from=${s.repository}/from`
    await s.send("POST", s.at(`blobs/uploads/?${query}`), { door: "bearer" })
  },
  "bearer-challenge-of-the-catalog": async (s) => {
    await s.send("GET", "/v2/_catalog", { door: "bearer" })
  },
  "bearer-lets-in": async (s) => {
    const headers = await token(s, `repository:${s.repository}:pull,push`, users.pusher)
    await s.send("GET", "/v2/", { door: "bearer", headers })
    await pushBlob(s, "hello", s.repository, { door: "bearer", headers })
    await s.send("GET", s.at(`blobs/${sha256("hello")}`), { door: "bearer", headers })
  },
  "bearer-of-nobody-pulls": async (s) => {
    const mine = await token(s, `repository:${s.repository}:pull,push`, users.pusher)
    await pushBlob(s, "hello", s.repository, { door: "bearer", headers: mine })
    const headers = await token(s, `repository:${s.repository}:pull`)
    await s.send("GET", s.at(`blobs/${sha256("hello")}`), { door: "bearer", headers })
  },
  "bearer-of-less": async (s) => {
    const headers = await token(s, `repository:${s.repository}:pull,push`, users.puller)
    await s.send("POST", s.at("blobs/uploads/"), { door: "bearer", headers })
    await s.send("GET", s.at("tags/list", `${s.repository}/other`), { door: "bearer", headers })
  },
  "bearer-that-is-none": async (s) => {
    const headers = { authorization: "Bearer not-a-token" }
    await s.send("GET", "/v2/", { door: "bearer", headers, show: errors })
  },
  "bearer-with-a-password": async (s) => {
    await s.send("GET", "/v2/", { door: "bearer", headers: basic(users.pusher) })
  },
})

export const notifications = suite("notifications", {
  "of-a-push": async (s) => {
    const content = await image(s, "a")
    await s.send("PUT", s.at("manifests/1.0.0"), { headers: { "content-type": types.manifest }, body: content })
    await s.events(3)
  },
  "of-pulls": async (s) => {
    const content = await image(s, "a")
    const headers = { accept: types.manifest }
    await s.quiet("PUT", s.at("manifests/1.0.0"), { headers: { "content-type": types.manifest }, body: content })
    await s.quiet("GET", s.at("manifests/1.0.0"), { headers })
    await s.quiet("GET", s.at(`manifests/${sha256(content)}`), { headers })
    await s.quiet("GET", s.at(`blobs/${sha256("{}")}`))
    await s.events(6)
  },
  "of-heads": async (s) => {
    const content = await image(s, "a")
    await s.quiet("PUT", s.at("manifests/1.0.0"), { headers: { "content-type": types.manifest }, body: content })
    await s.quiet("HEAD", s.at("manifests/1.0.0"), { headers: { accept: types.manifest } })
    await s.quiet("HEAD", s.at(`blobs/${sha256("{}")}`))
    await s.events(5)
  },
  "of-a-mount": async (s) => {
    const digest = await pushBlob(s, "hello", `${s.repository}/from`)
    await s.send("POST", s.at(`blobs/uploads/?mount=${digest}&from=${s.repository}/from`))
    await s.events(2)
  },
  "of-deletions": async (s) => {
    const content = await image(s, "a")
    await s.quiet("PUT", s.at("manifests/1.0.0"), { headers: { "content-type": types.manifest }, body: content })
    await s.quiet("DELETE", s.at(`manifests/${sha256(content)}`))
    await s.quiet("DELETE", s.at(`blobs/${sha256("{}")}`))
    await s.events(6)
  },
  "again-after-a-failure": async (s) => {
    s.target.receiver.refuseOnce(s.repository)
    await pushBlob(s, "hello")
    await s.events(1)
  },
})
