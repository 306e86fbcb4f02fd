import { afterEach, expect, test } from "vitest"
import { unwrap } from "../errors.ts"
import type { Mirror } from "./mirror.ts"
import { TestHost } from "./test-host.ts"

const hosts: TestHost[] = []
afterEach(async () => {
  for (const host of hosts.splice(0)) await host.close()
})

async function host(): Promise<TestHost> {
  const started = await TestHost.start({
    "cluster/a.yaml": "a1\n",
    "cluster/b b.yaml": "b1\n",
    "cluster/*.yaml": "odd\n",
  })
  hosts.push(started)
  return started
}

async function past(mirror: Mirror, paths: readonly string[]): Promise<Readonly<Record<string, string>>[]> {
  const { head } = unwrap(await mirror.fetch())
  return unwrap(await mirror.past(head, paths)).map(({ files }) => Object.fromEntries(files))
}

test("files are read as each commit that touched them left them, newest first, and nothing else is", async () => {
  const world = await host()
  await world.push("other", { "cluster/c.yaml": "c\n" })
  await world.push("a", { "cluster/a.yaml": "a2\n" })
  await world.git(["rm", "--quiet", "cluster/b b.yaml"], world.work)
  await world.push("without b", {})
  await world.git(["revert", "--no-edit", "HEAD~1"], world.work)
  const last = await world.push("and a", { "cluster/a.yaml": "a3\n" })
  const mirror = world.mirror()
  expect(await past(mirror, ["cluster/a.yaml", "cluster/b b.yaml"])).toEqual([
    { "cluster/a.yaml": "a3\n" },
    { "cluster/a.yaml": "a1\n" },
    { "cluster/a.yaml": "a2\n" },
    { "cluster/a.yaml": "a2\n", "cluster/b b.yaml": "b1\n" },
    { "cluster/a.yaml": "a1\n", "cluster/b b.yaml": "b1\n" },
  ])
  expect(unwrap(await mirror.past(last, ["cluster/a.yaml"]))[0]?.revision).toBe(last)
  // A name is no pattern.
  expect(await past(mirror, ["cluster/*.yaml"])).toEqual([{ "cluster/*.yaml": "odd\n" }])
  expect(await past(mirror, ["cluster/none.yaml"])).toEqual([])
})

test("what a merge dropped was in the branch all the same", async () => {
  const world = await host()
  const before = await world.head()
  await world.push("a", { "cluster/a.yaml": "a2\n" })
  await world.git(["checkout", "--quiet", "-b", "side", before], world.work)
  await world.git(["commit", "--quiet", "--allow-empty", "--message", "side"], world.work)
  await world.git(["merge", "--quiet", "--strategy", "ours", "--message", "merge", "origin/main"], world.work)
  await world.git(["push", "--quiet", "origin", "HEAD:main"], world.work)
  const states = await past(world.mirror(), ["cluster/a.yaml"])
  expect(await world.show("cluster/a.yaml")).toBe("a1")
  expect(states).toContainEqual({ "cluster/a.yaml": "a2\n" })
})
