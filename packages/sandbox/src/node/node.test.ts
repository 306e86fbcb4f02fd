import { spawnSync } from "node:child_process"
import { once } from "node:events"
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { request } from "node:http"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { Duplex, Readable } from "node:stream"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import type { ExecSession } from "../kube/node-backend.ts"
import type { LocalImage } from "../images/index.ts"
import { buildPrograms, type BuiltPrograms } from "../testing/built-programs.ts"
import { hasGo, nodeImage, staticImage } from "../testing/images.ts"
import { until } from "../testing/until.ts"
import { startNode, type ContainerSpec, type Node, type Way } from "./index.ts"

let programs: BuiltPrograms
let folder: string
let node20: LocalImage

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "serin-node-"))
  node20 = nodeImage(folder)
  programs = await buildPrograms()
})
afterAll(async () => {
  await programs.remove()
  rmSync(folder, { recursive: true, force: true })
})

const hasNamespaces = spawnSync("unshare", ["-rnpf", "--mount-proc", "--kill-child", "true"]).status === 0
const ways: readonly Way[] = hasNamespaces ? ["namespaces", "preload"] : ["preload"]

describe.each(ways)("a node in the way of %s", (way) => {
  let node: Node
  const messages: string[] = []
  let pods = 0

  beforeAll(async () => {
    // Of somebody who made a package around the world's folder: it is none of a container's.
    writeFileSync(join(folder, "package.json"), '{"type": "module"}')
    node = await startNode({
      entry: programs.entry,
      toolsDir: programs.toolsDir,
      stateDir: join(folder, `state, with: signs ${way}`),
      way,
      log: (message) => messages.push(message),
    })
  })
  afterAll(() => node.close())

  const newPod = async (): Promise<{ uid: string; ip: string; name: string }> => {
    const name = `pod-${++pods}`
    const { ip } = await node.createPod({ uid: `uid-${pods}`, name, namespace: "test", hostname: name })
    return { uid: `uid-${pods}`, ip, name }
  }
  const specOf = (podUid: string, more: Partial<ContainerSpec> = {}): ContainerSpec => ({
    podUid,
    name: "app",
    rootfs: node20.rootfs,
    argv: node20.config.cmd,
    env: { PATH: "/usr/local/bin:/usr/bin:/bin" },
    workingDir: "/app",
    mounts: [],
    readOnlyRoot: false,
    builtIn: false,
    stdin: false,
    stdinOnce: false,
    tty: false,
    log: { path: join(folder, way, `${podUid}.log`), maxBytes: 1_000_000, maxFiles: 3 },
    ...more,
  })
  const get = (ip: string, path: string, port = 9898): Promise<string> =>
    until(async () => httpGet(await node.dial(ip, port), path))

  it("says first which way pods run", () => {
    expect(messages[0]).toMatch(way === "namespaces" ? /any Linux program/ : /Node programs only/)
    expect(node.way).toBe(way)
  })

  it("runs two pods on the same port, each with its own name and address", async () => {
    const [one, two] = [await newPod(), await newPod()]
    await node.startContainer(specOf(one.uid))
    await node.startContainer(specOf(two.uid))
    const host = (name: string): RegExp => (way === "namespaces" ? new RegExp(`^node ${name} 1$`) : /^node \S+ \d+$/)
    expect(await get(one.ip, "/")).toMatch(host(one.name))
    expect(await get(two.ip, "/")).toMatch(host(two.name))
    expect(one.ip).not.toBe(two.ip)
  })

  it("lets a pod reach another by its address", async () => {
    const [one, two] = [await newPod(), await newPod()]
    await node.startContainer(specOf(one.uid))
    await node.startContainer(specOf(two.uid, { env: { PORT: "8080", PATH: "/usr/local/bin" } }))
    await get(two.ip, "/", 8080)
    expect(await get(one.ip, `/get?url=http://${two.ip}:8080/`)).toMatch(/^node /)
  })

  it("refuses a connection to a port where nobody listens", async () => {
    const pod = await newPod()
    await expect(node.dial(pod.ip, 1234)).rejects.toMatchObject({
      code: "CONNECT_FAILED",
      message: expect.stringMatching(/^ECONNREFUSED/),
    })
  })

  it("reaches a program that listens on the pod's loopback only when asked to", async () => {
    const pod = await newPod()
    await node.startContainer(specOf(pod.uid, { env: { HOST: "127.0.0.1", PATH: "/usr/local/bin" } }))
    const dial = () => node.dial(pod.ip, 9898, { loopback: true })
    expect(await until(async () => httpGet(await dial(), "/"))).toMatch(/^node /)
    await expect(node.dial(pod.ip, 9898)).rejects.toMatchObject({ code: "CONNECT_FAILED" })
  })

  it("gives the program its environment and its files, also through absolute paths", async () => {
    const pod = await newPod()
    const config = join(folder, "config")
    mkdirSync(config, { recursive: true })
    writeFileSync(join(config, "color"), "blue")
    await node.startContainer(
      specOf(pod.uid, {
        env: { GREETING: "hallo welt", PATH: "/usr/local/bin" },
        mounts: [{ source: config, target: "/etc/config", readOnly: true }],
      }),
    )
    const env = JSON.parse(await get(pod.ip, "/env")) as Record<string, string>
    expect(env).toMatchObject({ GREETING: "hallo welt", HOSTNAME: pod.name })
    expect(env["PWD"]).toBeUndefined()
    expect(await get(pod.ip, "/file?path=/etc/config/color")).toBe("blue")
    expect(await get(pod.ip, "/file?path=/app/server.js")).toContain("createServer")
  })

  it("writes the log with times, in order, complete when the exit is told", async () => {
    const pod = await newPod()
    const spec = specOf(pod.uid, {
      argv: [
        "node",
        "-e",
        "for (let i = 0; i < 2000; i++) console.log('line ' + i); console.error('end'); process.exitCode = 7",
      ],
    })
    const { exit } = await node.startContainer(spec)
    expect(await exit).toEqual({ exitCode: 7 })
    const lines = readFileSync(spec.log.path, "utf8").trimEnd().split("\n")
    expect(lines).toHaveLength(2001)
    expect(lines.filter((line) => line.includes(" stdout "))[1999]).toMatch(
      /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z stdout F line 1999$/,
    )
    expect(lines.filter((line) => line.includes(" stderr "))).toEqual([expect.stringMatching(/ stderr F end$/)])
  })

  it("begins a new log file when one has grown too large, and keeps as many as it should", async () => {
    const pod = await newPod()
    const log = { path: join(folder, way, "rotated.log"), maxBytes: 20_000, maxFiles: 2 }
    const argv = [
      "node",
      "-e",
      "let i = 0; const t = setInterval(() => { console.log('x'.repeat(999)); if (++i === 100) clearInterval(t) }, 1)",
    ]
    await (
      await node.startContainer(specOf(pod.uid, { argv, log }))
    ).exit
    expect(readFileSync(log.path).length).toBeLessThanOrEqual(20_000)
    expect(existsSync(`${log.path}.1`)).toBe(true)
    expect(existsSync(`${log.path}.2`)).toBe(false)
  })

  it("delivers signals to the program and tells what ended it", async () => {
    const pod = await newPod()
    const polite = await node.startContainer(specOf(pod.uid))
    await get(pod.ip, "/")
    polite.kill("SIGTERM")
    expect(await polite.exit).toEqual({ exitCode: 0 })
    const hard = await node.startContainer(specOf(pod.uid))
    await get(pod.ip, "/")
    hard.kill("SIGKILL")
    expect(await hard.exit).toEqual({ exitCode: 137 })
  })

  it("runs a container again on the port that the killed one had", async () => {
    const pod = await newPod()
    const first = await node.startContainer(specOf(pod.uid))
    await get(pod.ip, "/")
    first.kill("SIGKILL")
    await first.exit
    await node.startContainer(specOf(pod.uid))
    expect(await get(pod.ip, "/")).toMatch(/^node /)
  })

  it("says that a program is not in the image", async () => {
    const pod = await newPod()
    await expect(node.startContainer(specOf(pod.uid, { argv: ["/nope"] }))).rejects.toMatchObject({
      code: "NOT_EXECUTABLE",
      message: 'exec: "/nope": stat /nope: no such file or directory',
    })
    await expect(node.startContainer(specOf(pod.uid, { argv: ["nope"] }))).rejects.toMatchObject({
      message: 'exec: "nope": executable file not found in $PATH',
    })
  })

  it("runs a command beside the container's own, with stdin, both outputs and the exit code", async () => {
    const pod = await newPod()
    await node.startContainer(specOf(pod.uid))
    const session = await exec(pod.uid, ["sh", "-c", "cat; echo oops >&2; exit 3"], { stdin: true })
    session.stdin.end("hello")
    const [stdout, stderr, code] = await Promise.all([text(session.stdout), text(session.stderr), session.exit])
    expect({ stdout, stderr, code }).toEqual({ stdout: "hello", stderr: "oops\n", code: 3 })
  })

  it("moves much through exec unharmed", async () => {
    const pod = await newPod()
    await node.startContainer(specOf(pod.uid))
    const session = await exec(pod.uid, ["cat"], { stdin: true })
    const sent = Buffer.alloc(8_000_000, "0123456789abcdef\n")
    session.stdin.end(sent)
    const [received] = await Promise.all([bytes(session.stdout), text(session.stderr)])
    expect(received.equals(sent)).toBe(true)
    expect(await session.exit).toBe(0)
  })

  it("gives a command a terminal: its size, and Ctrl-C for the program only", async () => {
    const pod = await newPod()
    await node.startContainer(specOf(pod.uid))
    const script =
      "process.stdout.on('resize', () => console.log(process.stdout.columns)); process.on('SIGINT', () => { console.log('caught'); process.exit(5) }); console.log('terminal ' + process.stdin.isTTY); setInterval(() => {}, 1000)"
    const session = await exec(pod.uid, ["node", "-e", script], { stdin: true, tty: true })
    let seen = ""
    session.stdout.on("data", (data: Buffer) => (seen += data.toString()))
    await until(() => expect(seen).toContain("terminal true"))
    session.resize(132, 40)
    await until(() => expect(seen).toContain("132"))
    session.stdin.write("\u0003")
    expect(await session.exit).toBe(5)
    expect(seen).toContain("caught")
  })

  it("gives an interactive shell its jobs, and tells its exit code", async () => {
    const pod = await newPod()
    await node.startContainer(specOf(pod.uid))
    const session = await exec(pod.uid, ["sh"], { stdin: true, tty: true })
    let seen = ""
    session.stdout.on("data", (data: Buffer) => (seen += data.toString()))
    const type = async (keys: string, shows: string): Promise<void> => {
      session.stdin.write(keys)
      await until(() => expect(seen).toContain(shows))
    }
    await type("echo a$((1+1))\n", "a2")
    session.stdin.write("sleep 1234\n")
    await until(() => expect(commandLines().filter((line) => line === "sleep 1234")).toHaveLength(1))
    await type("\u0003", "^C")
    await type("echo b$((1+2))\n", "b3")
    session.stdin.write("exit 7\n")
    expect(await session.exit).toBe(7)
  })

  it("ends a command whose client goes away", async () => {
    const pod = await newPod()
    await node.startContainer(specOf(pod.uid))
    const session = await exec(pod.uid, [
      "node",
      "-e",
      "require('http').createServer((q, r) => r.end('x')).listen(7000)",
    ])
    await get(pod.ip, "/", 7000)
    session.kill()
    await until(() => expect(node.dial(pod.ip, 7000)).rejects.toMatchObject({ code: "CONNECT_FAILED" }))
  })

  it("attaches to what the container writes and reads", async () => {
    const pod = await newPod()
    const argv = [
      "node",
      "-e",
      "process.stdin.on('data', (d) => console.log('got ' + d)).on('end', () => console.log('bye'))",
    ]
    const container = await node.startContainer(specOf(pod.uid, { argv, stdin: true, stdinOnce: true }))
    const session = await node.attach({ podUid: pod.uid, container: "app", stdin: true })
    session.stdin.end("something")
    expect(await text(session.stdout)).toBe("got something\nbye\n")
    expect(await session.exit).toBe(0)
    expect(await container.exit).toEqual({ exitCode: 0 })
  })

  it("frees all that a pod had", async () => {
    const pod = await newPod()
    const container = await node.startContainer(specOf(pod.uid))
    await get(pod.ip, "/")
    await node.removePod(pod.uid)
    expect((await container.exit).exitCode).toBe(137)
    await expect(node.dial(pod.ip, 9898)).rejects.toMatchObject({ code: "CONNECT_FAILED" })
    await expect(node.startContainer(specOf(pod.uid))).rejects.toMatchObject({ code: "NO_SUCH_POD" })
    await node.removePod(pod.uid)
  })

  async function exec(
    podUid: string,
    argv: readonly string[],
    { stdin = false, tty = false } = {},
  ): Promise<ExecSession> {
    return node.exec({ podUid, container: "app", argv, stdin, tty })
  }
})

describe.runIf(hasNamespaces)("in namespaces", () => {
  let node: Node

  beforeAll(async () => {
    const log = (): void => undefined
    node = await startNode({ entry: programs.entry, toolsDir: programs.toolsDir, stateDir: join(folder, "state"), log })
  })
  afterAll(() => node.close())

  const specOf = (podUid: string, image: LocalImage, more: Partial<ContainerSpec> = {}): ContainerSpec => ({
    podUid,
    name: "app",
    rootfs: image.rootfs,
    argv: [...image.config.entrypoint, ...image.config.cmd],
    env: {},
    workingDir: image.config.workingDir,
    mounts: [],
    readOnlyRoot: false,
    builtIn: false,
    stdin: false,
    stdinOnce: false,
    tty: false,
    log: { path: join(folder, `${podUid}.log`), maxBytes: 1_000_000, maxFiles: 3 },
    ...more,
  })

  it.runIf(hasGo)(
    "runs a static executable of an image without anything else, twice on one port, with a shell and tools on exec",
    async () => {
      const image = staticImage(folder)
      const ips: string[] = []
      for (const uid of ["s1", "s2"]) {
        ips.push((await node.createPod({ uid, name: uid, namespace: "test", hostname: uid })).ip)
        await node.startContainer(specOf(uid, image))
      }
      for (const [index, ip] of ips.entries()) {
        expect(await until(async () => httpGet(await node.dial(ip, 9898), "/"))).toBe(`static s${index + 1} 1`)
      }
      const peer = `/get?url=http://${ips[1]}:9898/`
      expect(await httpGet(await node.dial(ips[0] ?? "", 9898), peer)).toBe("static s2 1")
      const session = await node.exec({
        podUid: "s1",
        container: "app",
        argv: ["sh", "-c", "echo a shell; exit 4"],
        stdin: false,
        tty: false,
      })
      expect(await text(session.stdout)).toBe("a shell\n")
      expect(await session.exit).toBe(4)
      const url = `http://${ips[1]}:9898/`
      for (const argv of [
        ["curl", "-s", url],
        ["sh", "-c", `curl -s ${url}; sh -c 'exit 5'`],
        ["/bin/sh", "-c", `curl -s ${url}`],
      ]) {
        const asked = await node.exec({ podUid: "s1", container: "app", argv, stdin: false, tty: false })
        expect(await text(asked.stdout)).toBe("static s2 1")
        expect(await asked.exit).toBe(argv[2]?.includes("exit 5") === true ? 5 : 0)
      }
    },
    120_000,
  )

  it("keeps what a container writes out of the image, and lets it remove what is in it", async () => {
    await node.createPod({ uid: "w", name: "w", namespace: "test", hostname: "w" })
    const script =
      "const fs = require('fs'); fs.rmSync('/app/server.js'); fs.rmSync('/app', { recursive: true }); fs.mkdirSync('/app'); fs.writeFileSync('/app/own', 'x'); console.log(fs.readdirSync('/app').join())"
    const spec = specOf("w", node20, { argv: ["node", "-e", script], workingDir: "/", env: { PATH: "/usr/local/bin" } })
    expect(await (await node.startContainer(spec)).exit).toEqual({ exitCode: 0 })
    expect(readFileSync(spec.log.path, "utf8")).toMatch(/ own\n$/)
    expect(existsSync(join(node20.rootfs, "app/server.js"))).toBe(true)
  })

  it("makes a root file system read-only when asked to, and a volume", async () => {
    await node.createPod({ uid: "ro", name: "ro", namespace: "test", hostname: "ro" })
    const volume = join(folder, "volume")
    mkdirSync(volume, { recursive: true })
    const script =
      "for (const p of ['/x', '/data/x', '/rw/x']) { try { require('fs').writeFileSync(p, ''); console.log(p, 'written') } catch (e) { console.log(p, e.code) } }"
    const spec = specOf("ro", node20, {
      argv: ["node", "-e", script],
      env: { PATH: "/usr/local/bin" },
      readOnlyRoot: true,
      mounts: [
        { source: volume, target: "/data", readOnly: true },
        { source: volume, target: "/rw", readOnly: false },
      ],
    })
    await (
      await node.startContainer(spec)
    ).exit
    const lines = readFileSync(spec.log.path, "utf8")
      .trimEnd()
      .split("\n")
      .map((line) => line.split(" F ")[1])
    expect(lines).toEqual(["/x EROFS", "/data/x EROFS", "/rw/x written"])
  })

  it("follows an image's own links for mount points, never the host's", async () => {
    await node.createPod({ uid: "ln", name: "ln", namespace: "test", hostname: "ln" })
    const rootfs = join(folder, "linked")
    mkdirSync(join(rootfs, "var"), { recursive: true })
    spawnSync("cp", ["-a", `${node20.rootfs}/.`, rootfs])
    spawnSync("ln", ["-s", "/run", join(rootfs, "var/run")])
    const secret = join(folder, "secret")
    mkdirSync(secret, { recursive: true })
    writeFileSync(join(secret, "token"), "abc")
    const target = "/var/run/secrets/kubernetes.io/serviceaccount"
    const spec = specOf(
      "ln",
      { ...node20, rootfs },
      {
        argv: ["cat", `${target}/token`],
        env: { PATH: "/bin" },
        mounts: [{ source: secret, target, readOnly: true }],
      },
    )
    expect(await (await node.startContainer(spec)).exit).toEqual({ exitCode: 0 })
    expect(readFileSync(spec.log.path, "utf8")).toMatch(/ abc\n$/)
    expect(existsSync("/run/secrets/kubernetes.io/serviceaccount")).toBe(false)
  })

  it("ends a container's children with it, and lets process 1 ignore what it has no handler for", async () => {
    await node.createPod({ uid: "p", name: "p", namespace: "test", hostname: "p" })
    const spec = specOf("p", node20, { argv: ["sh", "-c", "sleep 4321 & sleep 4322; true"], env: { PATH: "/bin" } })
    const container = await node.startContainer(spec)
    await until(() => expect(commandLines().filter((line) => line === "sleep 4321")).toHaveLength(1))
    container.kill("SIGTERM")
    container.kill("SIGKILL")
    expect(await container.exit).toEqual({ exitCode: 137 })
    expect(commandLines().filter((line) => line.startsWith("sleep 432"))).toEqual([])
  })
})

function commandLines(): readonly string[] {
  const { stdout } = spawnSync("ps", ["-eo", "args="], { encoding: "utf8" })
  return stdout.split("\n")
}

async function httpGet(connection: Duplex, path: string): Promise<string> {
  const asked = request({ createConnection: () => connection, path, headers: { host: "pod", connection: "close" } })
  asked.end()
  const [response] = (await once(asked, "response")) as [Readable]
  return text(response)
}

async function bytes(stream: Readable): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of stream) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}

const text = async (stream: Readable): Promise<string> => (await bytes(stream)).toString("utf8")
