import { expect, test } from "vitest"
import { loginsIn } from "./docker-config.ts"

const base64 = (text: string) => Buffer.from(text).toString("base64")
const secretOf = (data: Record<string, string>) => ({ apiVersion: "v1", kind: "Secret", metadata: { name: "x" }, data })
const named = (name: string) => ({ username: name, password: `${name}:pw` })
const entry = (name: string) => ({ auth: base64(`${name}:${name}:pw`) })

/** A Secret with these servers, each with the server's own name as its user. */
const holding = (...servers: string[]) =>
  secretOf({
    ".dockerconfigjson": base64(
      JSON.stringify({ auths: Object.fromEntries(servers.map((one) => [one, entry(one.replaceAll(":", ";"))])) }),
    ),
  })
const users = (secret: ReturnType<typeof secretOf>, registry: string, repository = "team/app") =>
  loginsIn(secret, { registry, repository })?.map(({ username }) => username.replaceAll(";", ":"))

test("of several registries in one Secret the image's own is taken, the most specific first", () => {
  const secret = holding(
    "ghcr.io",
    "r.example.com:5000",
    "r.example.com/team",
    "r.example.com",
    "r.example.com/team/app",
  )
  expect(users(secret, "ghcr.io")).toEqual(["ghcr.io"])
  expect(users(secret, "r.example.com:5000")).toEqual(["r.example.com:5000"])
  expect(users(secret, "r.example.com")).toEqual(["r.example.com/team/app", "r.example.com/team", "r.example.com"])
  expect(users(secret, "r.example.com", "team/apple")).toEqual(["r.example.com/team", "r.example.com"])
  expect(users(secret, "r.example.com", "teams")).toEqual(["r.example.com"])
  expect(users(secret, "elsewhere.com")).toEqual([])
})

test.each([
  ["https://index.docker.io/v1/", "docker.io"],
  ["registry-1.docker.io", "docker.io"],
  ["https://r.example.com/v2/", "r.example.com"],
  ["*.example.com", "r.example.com"],
  ["*.dkr.*.example.com", "12.dkr.eu.example.com"],
  ["r*y.example.com", "registry.example.com"],
])("%s is %s", (server, registry) => {
  expect(users(holding(server), registry)).toEqual([server])
})

test.each([
  ["*.example.com", "example.com"],
  ["*.example.com", "a.b.example.com"],
  ["*.example.com", "r.example.com:5000"],
  ["r.example.com", "r.example.com:5000"],
  ["example.com", "r.example.com"],
  ["r*r*y.example.com", "ry.example.com"],
])("%s is not %s", (server, registry) => {
  expect(users(holding(server), registry)).toEqual([])
})

test("a login stands there as user and password, as both in one, or in the old form of Secret", () => {
  const at = { registry: "docker.io", repository: "library/web" }
  const config = (auths: object) => secretOf({ ".dockerconfigjson": base64(JSON.stringify({ auths })) })
  expect(loginsIn(config({ "docker.io": { username: "a", password: "b" } }), at)).toEqual([
    { username: "a", password: "b" },
  ])
  expect(loginsIn(config({ "docker.io": entry("a") }), at)).toEqual([named("a")])
  expect(loginsIn(secretOf({ ".dockercfg": base64(JSON.stringify({ "docker.io": entry("a") })) }), at)).toEqual([
    named("a"),
  ])
  expect(loginsIn(config({ "docker.io": {} }), at)).toEqual([])
  expect(loginsIn(secretOf({ ".dockerconfigjson": base64("no json") }), at)).toBeUndefined()
  expect(loginsIn(secretOf({}), at)).toBeUndefined()
})
