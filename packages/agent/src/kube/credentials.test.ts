import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { ManualClock } from "../runtime/index.ts"
import { inClusterCredentials, kubeconfigCredentials } from "./credentials.ts"

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "serin-kubeconfig-"))
  await writeFile(join(folder, "ca.crt"), "the authority")
  await writeFile(join(folder, "token"), "first\n")
})
afterAll(() => rm(folder, { recursive: true }))

const base64 = (text: string) => Buffer.from(text).toString("base64")

async function kubeconfig(user: object, cluster: object = {}, context = "x"): Promise<string> {
  const path = join(folder, "config")
  const config = {
    clusters: [{ name: "c", cluster: { server: "https://127.0.0.1:6443/", ...cluster } }],
    users: [{ name: "u", user }],
    contexts: [{ name: "x", context: { cluster: "c", user: "u" } }],
    "current-context": context,
  }
  await writeFile(path, JSON.stringify(config))
  return path
}

describe("kubeconfig", () => {
  it("gives token and certificate authority, inline or beside the file", async () => {
    const inline = await kubeconfigCredentials(
      await kubeconfig({ token: "secret" }, { "certificate-authority-data": base64("inline") }),
      new ManualClock(),
    )
    expect(inline.server).toBe("https://127.0.0.1:6443")
    expect(await inline.access()).toEqual({ tls: { ca: "inline" }, headers: { authorization: "Bearer secret" } })
    const beside = await kubeconfigCredentials(
      await kubeconfig(
        { username: "u", password: "p" },
        { "certificate-authority": "ca.crt", "tls-server-name": "kube" },
      ),
      new ManualClock(),
    )
    expect(await beside.access()).toEqual({
      tls: { ca: "the authority", servername: "kube" },
      headers: { authorization: `Basic ${base64("u:p")}` },
    })
  })

  it("gives client certificates", async () => {
    const path = await kubeconfig({ "client-certificate-data": base64("cert"), "client-key-data": base64("key") })
    const credentials = await kubeconfigCredentials(path, new ManualClock())
    expect(await credentials.access()).toEqual({ tls: { cert: "cert", key: "key" }, headers: {} })
  })

  it("asks exec plugins", async () => {
    const credential = {
      apiVersion: "client.authentication.k8s.io/v1",
      kind: "ExecCredential",
      status: { token: "minted" },
    }
    const exec = {
      apiVersion: "client.authentication.k8s.io/v1",
      command: process.execPath,
      args: ["-e", `console.log(${JSON.stringify(JSON.stringify(credential))})`],
    }
    const credentials = await kubeconfigCredentials(await kubeconfig({ exec }), new ManualClock())
    expect(await credentials.access()).toMatchObject({ headers: { authorization: "Bearer minted" } })
  })

  it("says why a plugin gave nothing, and not what it printed", async () => {
    const access = async (exec: object) =>
      (
        await kubeconfigCredentials(
          await kubeconfig({ exec: { apiVersion: "client.authentication.k8s.io/v1", ...exec } }),
          new ManualClock(),
        )
      ).access()
    const node = (script: string) => ({ command: process.execPath, args: ["-e", script] })
    await expect(access({ command: "no-such-plugin", installHint: "Install it." })).rejects.toMatchObject({
      code: "KUBE_UNAUTHORIZED",
      message: expect.stringContaining('"no-such-plugin" is not there') as string,
      next: "Install it.",
    })
    await expect(access(node("console.error('log in first'); process.exit(3)"))).rejects.toThrow(
      /failed: log in first$/,
    )
    const odd = expect(access(node('console.log(\'{"token": "hunter2"}\')'))).rejects
    await odd.toThrow(/^the kubeconfig's credential plugin printed no ExecCredential$/)
    await expect(access({ ...node(""), interactiveMode: "Always" })).rejects.toThrow(/wants to ask a person/)
    const env = [{ name: "GIVEN", value: "by the kubeconfig" }]
    const script = `const { spec } = JSON.parse(process.env.KUBERNETES_EXEC_INFO)
      const status = { token: process.env.GIVEN + " " + spec.interactive }
      console.log(JSON.stringify({ kind: "ExecCredential", status }))`
    expect(await access({ ...node(script), env })).toMatchObject({
      headers: { authorization: "Bearer by the kubeconfig false" },
    })
    expect(process.env["GIVEN"]).toBeUndefined()
  })

  it("tells a plugin that asks for it which cluster it is for", async () => {
    const script = `const { cluster } = JSON.parse(process.env.KUBERNETES_EXEC_INFO).spec
      console.log(JSON.stringify({ kind: "ExecCredential", status: { token: JSON.stringify(cluster ?? "nothing") } }))`
    const exec = {
      apiVersion: "client.authentication.k8s.io/v1",
      command: process.execPath,
      args: ["-e", script],
    }
    const cluster = {
      "certificate-authority": "ca.crt",
      "tls-server-name": "kube",
      extensions: [{ name: "client.authentication.k8s.io/exec", extension: { audience: "a" } }],
    }
    const told = async (more: object): Promise<unknown> => {
      const path = await kubeconfig({ exec: { ...exec, ...more } }, cluster)
      const { headers } = await (await kubeconfigCredentials(path, new ManualClock())).access()
      return JSON.parse((headers["authorization"] ?? "").replace("Bearer ", ""))
    }
    expect(await told({})).toBe("nothing")
    expect(await told({ provideClusterInfo: true })).toEqual({
      server: "https://127.0.0.1:6443/",
      "certificate-authority-data": base64("the authority"),
      "tls-server-name": "kube",
      config: { audience: "a" },
    })
  })

  it("says what is wrong with a file, not what is in it", async () => {
    const clock = new ManualClock()
    const broken = join(folder, "broken")
    await writeFile(broken, "users: [{token: hunter2")
    await expect(kubeconfigCredentials(broken, clock)).rejects.toThrow(/^kubeconfig .*broken: cannot be read$/)
    await expect(kubeconfigCredentials(join(folder, "none"), clock)).rejects.toThrow(/no such file/)
    await expect(kubeconfigCredentials(await kubeconfig({}, {}, "other"), clock)).rejects.toThrow(
      /its current-context "other" is not among its contexts/,
    )
    await expect(kubeconfigCredentials(await kubeconfig({}, { server: 5 }), clock)).rejects.toThrow(/server/)
  })
})

describe("service account of a pod", () => {
  it("follows the token that the kubelet renews", async () => {
    const clock = new ManualClock()
    const credentials = await inClusterCredentials({ host: "fd00::1", port: "443", folder }, clock)
    expect(credentials.server).toBe("https://[fd00::1]:443")
    expect(await credentials.access()).toEqual({
      tls: { ca: "the authority" },
      headers: { authorization: "Bearer first" },
    })
    await writeFile(join(folder, "token"), "second\n")
    await clock.advance(10_000)
    expect(await credentials.access()).toMatchObject({ headers: { authorization: "Bearer second" } })
  })
})
