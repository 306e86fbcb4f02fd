import { mkdir, readFile, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { expect, it } from "vitest"
import { startGitHost } from "../githost/index.ts"
import { createImageStore } from "../images/index.ts"
import { startRegistry } from "../registry/index.ts"
import { isInstalled, run } from "../testing/programs.ts"
import { closing, temporaryFolder } from "../testing/temporary.ts"
import { until } from "../testing/until.ts"
import { startBuilder } from "./builder.ts"

const log = () => undefined

it.skipIf(!isInstalled("skopeo"))("skopeo reads what was built, and carries it elsewhere unchanged", async () => {
  const registry = closing(await startRegistry({ dataDir: await temporaryFolder(), log }))
  const users = [{ name: "ci", password: "secret", access: "push" }] as const
  const locked = closing(
    await startRegistry({
      dataDir: await temporaryFolder(),
      auth: { scheme: "bearer", users, anonymousPull: false },
      log,
    }),
  )
  const gitHost = closing(
    await startGitHost({
      dataDir: await temporaryFolder(),
      users: [{ name: "dev", token: "token", access: "write" }],
      log,
    }),
  )
  const builder = closing(
    await startBuilder({
      dataDir: await temporaryFolder(),
      git: { url: gitHost.url, username: "dev", token: "token" },
      registry: { url: registry.url },
      mirrors: {},
      webhookSecret: "secret",
      log,
    }),
  )
  const folder = await temporaryFolder()
  await mkdir(join(folder, "files"))
  await writeFile(join(folder, "files/a.txt"), "a")
  await writeFile(join(folder, "Dockerfile"), 'FROM scratch\nCOPY files/ /\nENV A=b\nCMD ["/a.txt"]\n')
  await gitHost.createRepository("team/app")
  await gitHost.addHook("team/app", { url: builder.webhookUrl, secret: "secret" })
  const author = { name: "dev", email: "dev@localhost" }
  await gitHost.seed("team/app", [{ folder, message: "Begin", author, at: new Date(0), tag: "1.0.0" }])
  await until(() => expect(builder.builds()).toMatchObject([{ state: "succeeded" }]))
  const [build] = builder.builds()

  const skopeo = (...args: string[]) => run("skopeo", ["--insecure-policy", ...args])
  const plain = `docker://${registry.host}/app:1.0.0`
  const inspected = JSON.parse(await skopeo("inspect", "--tls-verify=false", plain)) as Record<string, unknown>
  expect(inspected).toMatchObject({ Digest: build?.digest, RepoTags: ["1.0.0"], Env: ["A=b"] })
  expect(JSON.parse(await skopeo("list-tags", "--tls-verify=false", `docker://${registry.host}/app`))).toMatchObject({
    Tags: ["1.0.0"],
  })

  const layout = `oci:${await temporaryFolder()}:1.0.0`
  await skopeo("copy", "--src-tls-verify=false", plain, layout)
  const there = `docker://${locked.host}/team/app:1.0.0`
  await expect(skopeo("copy", "--dest-tls-verify=false", layout, there)).rejects.toThrow(/denied|unauthorized/)
  await skopeo("copy", "--dest-tls-verify=false", "--dest-creds=ci:secret", "--format=oci", layout, there)
  const credentials = new Map([[locked.host, { username: "ci", password: "secret" }]])
  const images = await createImageStore({ dataDir: await temporaryFolder(), mirrors: {}, log })
  const image = await images.pull(`${locked.host}/team/app:1.0.0`, credentials)
  expect(await readFile(join(image.rootfs, "a.txt"), "utf8")).toBe("a")
  expect(image.config.labels["org.opencontainers.image.revision"]).toBe(build?.commit)
  // Docker's own formats, with layers that skopeo has compressed.
  await skopeo(
    "copy",
    "--dest-tls-verify=false",
    "--format=v2s2",
    "--dest-compress",
    layout,
    `docker://${registry.host}/docker-format:1`,
  )
  const docker = await images.pull(`${registry.host}/docker-format:1`)
  expect(await readFile(join(docker.rootfs, "a.txt"), "utf8")).toBe("a")
  await skopeo("delete", "--tls-verify=false", plain)
  expect((await fetch(`${registry.url}/v2/app/manifests/1.0.0`)).status).toBe(404)
})
