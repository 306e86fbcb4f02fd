import { once } from "node:events"
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises"
import http from "node:http"
import type { AddressInfo } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { runCurl } from "./run.ts"

let server: http.Server
let base: string
let dir: string

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "curl-"))
  server = http.createServer((request, response) => {
    const { pathname } = new URL(request.url ?? "/", "http://a")
    let body = ""
    request.on("data", (chunk: Buffer) => (body += chunk.toString()))
    request.on("end", () => {
      if (pathname === "/hang") return
      if (pathname === "/cut") request.socket.destroy()
      else if (pathname === "/to") response.writeHead(302, { location: "/end" }).end("moved")
      else if (pathname === "/loop") response.writeHead(301, { location: "/loop" }).end()
      else if (pathname === "/bad") response.writeHead(500, { "content-type": "text/plain" }).end("broken")
      else {
        const { rawHeaders, method, url } = request
        response.end(`${method ?? ""} ${url ?? ""}\n${rawHeaders.join("|")}\n${body}`)
      }
    })
  })
  server.listen(0, "127.0.0.1")
  await once(server, "listening")
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterEach(async () => {
  server.closeAllConnections()
  server.close()
  await rm(dir, { recursive: true })
})

async function curl(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  let out = ""
  let err = ""
  const code = await runCurl(args, { out: (bytes) => (out += bytes.toString()), err: (text) => (err += text) })
  return { code, out, err }
}

describe("what goes out", () => {
  it("is curl's plain GET", async () => {
    const { out, code } = await curl("-s", `${base}/a?b=c`)
    const { host } = new URL(base)
    expect([code, out]).toEqual([0, `GET /a?b=c\nHost|${host}|User-Agent|curl/8.0.0|Accept|*/*\n`])
  })

  it("has a default scheme", async () => {
    expect((await curl("-s", base.slice("http://".length))).out).toMatch(/^GET \//)
  })

  it.each([
    [["-X", "DELETE"], /^DELETE/, ""],
    [["-d", "a=1", "-d", "b=2"], /^POST[^]*Content-Type\|application\/x-www-form-urlencoded/, "a=1&b=2"],
    [["--data-raw", "@x"], /^POST/, "@x"],
    [["--data-urlencode", "q=a b&c"], /^POST/, "q=a%20b%26c"],
    [["-d", "{}", "-H", "content-type: application/json"], /content-type\|application\/json/, "{}"],
    [["-G", "-d", "q=1"], /^GET \/\?q=1\n/, ""],
    [["-H", "Accept:"], /^GET \/\n(?![^]*Accept)/, ""],
    [["-H", "X-Empty;"], /X-Empty\|\n/, ""],
    [["-A", "me", "-u", "a:b"], /User-Agent\|me[^]*Authorization\|Basic YTpi/, ""],
    [["-H", "Host: podinfo.example.com"], /Host\|podinfo.example.com/, ""],
  ])("with %j", async (args, head, body) => {
    const { out } = await curl("-s", ...args, base)
    expect(out).toMatch(head)
    expect(out.split("\n").at(-1)).toBe(body)
  })

  it("takes bodies from files, with and without line ends", async () => {
    const file = join(dir, "data")
    await writeFile(file, "a\nb\n")
    expect((await curl("-s", "-d", `@${file}`, base)).out).toMatch(/\nab$/)
    expect((await curl("-s", "--data-binary", `@${file}`, base)).out).toMatch(/\na\nb\n$/)
    expect(await curl("-s", "-d", "@/no/such", base)).toMatchObject({ code: 26 })
  })
})

describe("what comes out", () => {
  it("has the head with -i and -I", async () => {
    expect((await curl("-si", `${base}/bad`)).out).toMatch(
      /^HTTP\/1\.1 500 Internal Server Error\r\n[^]*\r\n\r\nbroken$/,
    )
    expect((await curl("-sI", `${base}/bad`)).out).toMatch(/^HTTP\/1\.1 500[^]*\r\n\r\n$/)
  })

  it("goes to a file with -o, and -w tells about it", async () => {
    const file = join(dir, "out")
    const { out } = await curl(
      "-s",
      "-o",
      file,
      "-w",
      "%{http_code} %{size_download} %{content_type}%%\\n",
      `${base}/bad`,
    )
    expect(out).toBe("500 6 text/plain%\n")
    expect(await readFile(file, "utf8")).toBe("broken")
    expect(await curl("-so/no/such/dir/x", base)).toMatchObject({ code: 23 })
  })

  it("follows redirects with -L only", async () => {
    expect((await curl("-s", `${base}/to`)).out).toBe("moved")
    const followed = await curl("-sL", "-w", "|%{num_redirects} %{url_effective}", `${base}/to`)
    expect(followed.out).toMatch(/^GET \/end\n[^]*\|1 .*\/end$/)
    expect((await curl("-sL", "-d", "x", `${base}/to`)).out).toMatch(/^GET \/end/)
    expect(await curl("-sL", "--max-redirs", "3", `${base}/loop`)).toMatchObject({ code: 47 })
  })

  it("shows the conversation with -v", async () => {
    const { err } = await curl("-sv", `${base}/a`)
    expect(err).toMatch(/\* Connected to 127\.0\.0\.1[^]*> GET \/a HTTP\/1\.1\n> Host: [^]*< HTTP\/1\.1 200 OK/)
  })
})

describe("failures", () => {
  it("have curl's exit codes", async () => {
    expect(await curl("-f", `${base}/bad`)).toEqual({
      code: 22,
      out: "",
      err: "curl: (22) The requested URL returned error: 500\n",
    })
    expect(await curl("-s", "--fail-with-body", `${base}/bad`)).toMatchObject({ code: 22, out: "broken" })
    expect(await curl("-s", "http://127.0.0.1:1/")).toEqual({ code: 7, out: "", err: "" })
    expect((await curl("-sS", "http://127.0.0.1:1/")).err).toMatch(
      /^curl: \(7\) Failed to connect to 127\.0\.0\.1 port 1/,
    )
    expect(await curl("-s", "http://no-such-host.invalid/")).toMatchObject({ code: 6 })
    expect(await curl("-s", "-m", "0.05", `${base}/hang`)).toMatchObject({ code: 28 })
    expect(await curl("-s", `${base}/cut`)).toMatchObject({ code: 52 })
    expect(await curl("-s", "ftp://a/")).toMatchObject({ code: 1 })
    expect(await curl("-s", "http://a:b:c/")).toMatchObject({ code: 3 })
  })

  it.each([
    [[], "no URL specified"],
    [["--nonsense", "a"], "option --nonsense: is unknown"],
    [["-sZ", "a"], "option -Z: is unknown"],
    [["a", "-o"], "option -o: requires parameter"],
    [["-m", "x", "a"], "expected a proper numerical parameter"],
  ])("%j is a wrong command line", async (args, message) => {
    const { code, err } = await curl(...args)
    expect(code).toBe(2)
    expect(err).toContain(message)
  })
})
