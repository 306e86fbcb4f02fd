import { spawn } from "node:child_process"
import { writeFileSync } from "node:fs"
import { connect } from "node:net"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest"
import { spawn as spawnOnTerminal } from "@lydell/node-pty"
import type { Pod } from "../kube/types.gen.ts"
import { startPodWorld, type PodWorld } from "../testing/pod-world.ts"
import { isInstalled, run } from "../testing/programs.ts"
import { until } from "../testing/until.ts"
import { refs } from "./refs.ts"

describe.runIf(isInstalled("kubectl", "version", "--client"))("kubectl", () => {
  let world: PodWorld
  let env: NodeJS.ProcessEnv

  beforeAll(async () => {
    world = await startPodWorld()
    const kubeconfig = join(world.folder, "kubeconfig")
    writeFileSync(kubeconfig, world.kube.kubeconfig())
    env = { ...process.env, KUBECONFIG: kubeconfig }
    await world.client.create<Pod>(refs.pods, {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "web", namespace: "mesh" },
      spec: { containers: [{ name: "app", image: "app:1", readinessProbe: { tcpSocket: { port: 9898 } } }] },
    })
    await kubectl("wait", "pod/web", "--for=condition=Ready", "--timeout=20s")
  })
  afterAll(() => world.close())

  const kubectl = (...args: readonly string[]): Promise<string> => run("kubectl", ["-n", "mesh", ...args], { env })

  it("gets a pod with its sidecar", async () => {
    expect(await kubectl("get", "pods")).toMatch(/^web +2\/2 +Running +0 /m)
  })

  it("execs with exit code and both outputs", async () => {
    const failed = kubectl("exec", "web", "-c", "app", "--", "sh", "-c", "echo out; echo err >&2; exit 3")
    await expect(failed).rejects.toMatchObject({ code: 3, stdout: "out\n", stderr: expect.stringContaining("err\n") })
  })

  it("execs on a terminal, where Ctrl-C reaches the program", async () => {
    const args = ["-n", "mesh", "exec", "-it", "web", "-c", "app", "--", "sh"]
    const terminal = spawnOnTerminal("kubectl", args, { cols: 100, rows: 30, env })
    onTestFinished(() => terminal.kill())
    let seen = ""
    terminal.onData((data) => (seen += data))
    const exit = new Promise<number>((resolve) => terminal.onExit(({ exitCode }) => resolve(exitCode)))
    await until(() => expect(seen).toContain("# "))
    terminal.write(
      "echo started; node -e 'console.log(\"columns=\" + process.stdout.columns); setInterval(() => {}, 1000)'\r",
    )
    await until(() => expect(seen).toContain("columns=100"))
    terminal.write("\u0003")
    await until(() => expect(seen).toMatch(/\^C[^#]*# $/))
    terminal.write("exit 7\r")
    expect(await exit).toBe(7)
  })

  it("moves a large file through exec", async () => {
    const file = join(world.folder, "large")
    writeFileSync(file, Buffer.alloc(5_000_000, "0123456789abcdef"))
    const script = `cat ${file} | kubectl -n mesh exec -i web -c app -- cat | cmp - ${file} && echo same`
    expect(await run("sh", ["-c", script], { env })).toBe("same\n")
  })

  it("follows logs", async () => {
    const following = spawn("kubectl", ["-n", "mesh", "logs", "-f", "web", "-c", "app"], { env })
    onTestFinished(() => void following.kill())
    let seen = ""
    following.stdout.on("data", (data: Buffer) => (seen += data.toString()))
    await until(() => expect(seen).toBe("listening\n"))
    await kubectl("exec", "web", "-c", "app", "--", "node", "-e", "fetch('http://localhost:9898/log?line=more')")
    await until(() => expect(seen).toBe("listening\nmore\n"))
  })

  it("forwards a port", async () => {
    const forwarding = spawn("kubectl", ["-n", "mesh", "port-forward", "web", ":9898"], { env })
    onTestFinished(() => void forwarding.kill())
    let seen = ""
    forwarding.stdout.on("data", (data: Buffer) => (seen += data.toString()))
    const port = await until(() => {
      const found = /127\.0\.0\.1:(\d+) -> 9898/.exec(seen)?.[1]
      expect(found).toBeDefined()
      return Number(found)
    })
    for (let round = 0; round < 3; round++) {
      const socket = connect(port, "127.0.0.1")
      socket.end("GET / HTTP/1.0\r\n\r\n")
      const answer = await new Promise<string>((resolve) => {
        let all = ""
        socket.on("data", (data) => (all += data.toString()))
        socket.on("close", () => resolve(all))
      })
      expect(answer).toMatch(/node web 1$/)
    }
  })

  it("tells a kubectl that streams in the old way which one is needed", async () => {
    // What versions before 1.31 do of themselves.
    const old = { KUBECTL_REMOTE_COMMAND_WEBSOCKETS: "false", KUBECTL_PORT_FORWARD_WEBSOCKETS: "false" }
    const streams = [
      ["exec", "web", "-c", "app", "--", "true"],
      ["attach", "web", "-c", "app"],
      ["port-forward", "web", ":9898"],
    ]
    for (const args of streams) {
      await expect(run("kubectl", ["-n", "mesh", ...args], { env: { ...env, ...old } })).rejects.toMatchObject({
        code: 1,
        stderr: expect.stringContaining("use kubectl 1.31 or newer"),
      })
    }
  })

  it("runs a pod interactively and takes it away again", async () => {
    const args = ["run", "-it", "--rm", "--restart=Never", "one-off", "--image=app:1", "--command", "--", "sh"]
    const terminal = spawnOnTerminal("kubectl", ["-n", "test", ...args], { env })
    onTestFinished(() => terminal.kill())
    let seen = ""
    terminal.onData((data) => (seen += data))
    const exit = new Promise<number>((resolve) => terminal.onExit(({ exitCode }) => resolve(exitCode)))
    await until(() => expect(seen).toMatch(/command prompt|# /))
    terminal.write("echo $((6*7))\r")
    await until(() => expect(seen).toContain("42"))
    terminal.write("exit\r")
    expect(await exit).toBe(0)
    expect(seen).toContain('pod "one-off" deleted')
  })
})
