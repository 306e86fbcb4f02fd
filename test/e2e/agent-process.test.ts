import { spawn } from "node:child_process"
import { once } from "node:events"
import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { createServer } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { afterAll, beforeAll, expect, test } from "vitest"
import { unwrap } from "../../packages/agent/src/errors.ts"
import { repositoryCrd } from "../../packages/agent/src/install/repository-crd.ts"
import { createKubeClient, kubeconfigCredentials, type KubeObject } from "../../packages/agent/src/kube/index.ts"
import { listening } from "../../packages/agent/src/outbound/testing.ts"
import { systemClock } from "../../packages/agent/src/runtime/index.ts"
import { startKubeApi } from "../../packages/sandbox/src/kube/index.ts"
import { until } from "./agent-world.ts"

// The agent as a cluster runs it: a process that is probed, read and ended.

const program = fileURLToPath(new URL("../../dist/serin.js", import.meta.url))

let folder: string
let kubeconfig: string
let api: Awaited<ReturnType<typeof startKubeApi>>
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "serin-process-"))
  api = await startKubeApi({ log: () => {} })
  kubeconfig = join(folder, "kubeconfig")
  await writeFile(kubeconfig, api.kubeconfig(), { mode: 0o600 })
})
afterAll(async () => {
  await api.close()
  await rm(folder, { recursive: true })
})

async function freePort(): Promise<number> {
  const probe = await listening(createServer())
  await probe.close()
  return probe.port
}

async function startAgentProcess(env: Readonly<Record<string, string>> = {}) {
  const [port, hooks] = [await freePort(), await freePort()]
  const addresses = ["--listen", `127.0.0.1:${port}`, "--hooks-listen", `127.0.0.1:${hooks}`]
  const files = ["--cache-dir", join(folder, "cache"), "--ca-bundle", join(folder, "none.crt")]
  const child = spawn(process.execPath, [program, "agent", "--kubeconfig", kubeconfig, ...addresses, ...files], {
    env: { PATH: process.env["PATH"] ?? "", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  })
  let stdout = ""
  let stderr = ""
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text))
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text))
  const exited = once(child, "exit") as Promise<[number | null, string | null]>
  const get = async (path: string) => {
    const answer = await fetch(`http://127.0.0.1:${port}${path}`)
    return `${answer.status} ${await answer.text()}`
  }
  return { child, exited, get, stdout: () => stdout, stderr: () => stderr }
}

test("is alive at once, ready when it follows the cluster, and ends with 0 when asked to, connections open or not", async () => {
  const agent = await startAgentProcess()
  await until("it is alive", async () => (await agent.get("/healthz").catch(() => "")) === "200 ok\n")
  expect(await agent.get("/readyz")).toBe("503 not following the cluster yet\n")
  const kube = createKubeClient(await kubeconfigCredentials(kubeconfig, systemClock))
  unwrap(await kube.apply(repositoryCrd as unknown as KubeObject))
  await until("it is ready", async () => (await agent.get("/readyz")) === "200 ok\n")
  await kube.close()
  expect(await agent.get("/metrics")).toMatch(/^200 [^]*^serin_/m)
  agent.child.kill("SIGTERM")
  expect(await agent.exited).toEqual([0, null])
  expect(agent.stderr()).toBe("")
  for (const line of agent.stdout().trim().split("\n")) {
    const { time, message } = JSON.parse(line) as { time: string; message: string }
    expect(new Date(time).toISOString()).toBe(time)
    expect(message).not.toBe("")
  }
})

test("says which setting names a proxy that is none, and not its login", async () => {
  const agent = await startAgentProcess({ HTTPS_PROXY: "socks5://me:hunter2@proxy:1080" })
  const [code] = await agent.exited
  expect(code).not.toBe(0)
  expect(agent.stderr()).toMatch(/HTTPS_PROXY names a proxy of the kind socks5.*\n.*Give a proxy as http:/)
  expect(agent.stdout() + agent.stderr()).not.toContain("hunter2")
})
