import { chmod, readFile } from "node:fs/promises"
import { join } from "node:path"
import type { Edit } from "@serin/core"
import fc from "fast-check"
import { afterEach, describe, expect, it } from "vitest"
import { ManualClock } from "../runtime/index.ts"
import { TestHost } from "./test-host.ts"
import type { SubmitResult } from "./writer-types.ts"

const hosts: TestHost[] = []
afterEach(async () => {
  for (const host of hosts.splice(0)) await host.close()
})

const file = "cluster/log.txt"

async function host(files: Record<string, string> = { [file]: "first\n" }): Promise<TestHost> {
  const started = await TestHost.start(files)
  hosts.push(started)
  return started
}

/** Adds a line to a file unless it is there: decided on the tree alone, as every edit must be. */
function add(line: string): Edit {
  return (tree) => {
    const text = tree.files.get(file)
    if (text === undefined) return { kind: "refused", reason: `${file} is gone` }
    if (text.split("\n").includes(line)) return { kind: "obsolete", reason: `${line} is there` }
    const message = { subject: `Add ${line}`, body: "Because.", trailers: [["Serin-Kind", "test"] as const] }
    return { kind: "commit", changes: [{ path: file, content: `${text}${line}\n` }], message }
  }
}

const committed = { kind: "committed", commit: expect.stringMatching(/^[0-9a-f]{40}$/) }

describe("GitWriter", () => {
  it("commits an edit with its author and trailers, leaving all other bytes and modes alone", async () => {
    const world = await host({ [file]: "first\n", "cluster/crlf.yaml": "a: 1 # kept\r\n", "README.md": "outside\n" })
    await chmod(join(world.work, file), 0o755)
    await world.push("executable", {})
    const at = Date.UTC(2026, 5, 1, 12)
    const writer = world.writer({ clock: new ManualClock(at) })
    const author = { name: "Ada", email: "ada@example.org" }
    const result = await writer.submit((tree) => {
      const added = add("second")(tree)
      return added.kind === "commit" ? { ...added, message: { ...added.message, author } } : added
    })
    expect(result).toEqual(committed)
    expect(await world.git(["log", "-1", "--format=%an|%cn|%ct|%B", "main"], world.bare)).toBe(
      `Ada|Serin|${at / 1000}|Add second\n\nBecause.\n\nSerin-Kind: test`,
    )
    expect(await world.git(["diff", "--raw", "--abbrev=4", "main~1", "main"], world.bare)).toMatch(
      /^:100755 100755 \w+ \w+ M\tcluster\/log\.txt$/,
    )
  })

  it("makes no commit for what already holds, is refused, or would change nothing", async () => {
    const world = await host()
    const writer = world.writer()
    const message = { subject: "Nothing", body: "", trailers: [] }
    expect(await writer.submit(add("first"))).toEqual({ kind: "obsolete", reason: "first is there" })
    expect(await writer.submit(() => ({ kind: "refused", reason: "no" }))).toEqual({ kind: "refused", reason: "no" })
    expect(
      await writer.submit((tree) => ({
        kind: "commit",
        changes: [{ path: file, content: tree.files.get(file) ?? "" }],
        message,
      })),
    ).toMatchObject({ kind: "obsolete" })
    expect(await world.subjects()).toEqual(["first"])
  })

  it("drops an edit when the branch has touched its file since it was decided, also by a revert that leaves no trace in the file", async () => {
    const world = await host({ [file]: "first\n", "cluster/other.txt": "other\n" })
    const mirror = world.mirror()
    const writer = world.writer({ mirror })
    const decidedOn = await world.head()
    await world.push("elsewhere", { "cluster/other.txt": "changed\n" })
    const submit = (line: string) => writer.submit(add(line), { decidedOn })
    const obsolete = { kind: "obsolete", reason: "Others changed the same files meanwhile; it is decided anew." }
    expect(await submit("second")).toEqual(committed)
    await world.git(["pull", "--quiet", "--ff-only"], world.work)
    await world.git(["revert", "--no-edit", "HEAD"], world.work)
    await world.push("more", { "cluster/other.txt": "again\n" })
    expect(await submit("second")).toEqual(obsolete)
    expect(await writer.submit(add("second"), { decidedOn: "0".repeat(40) })).toEqual(obsolete)
    expect(await writer.submit(add("second"), { decidedOn: await world.head() })).toEqual(committed)
  })

  it("removes and adds files", async () => {
    const world = await host({ [file]: "x\n", "cluster/old.yaml": "old\n" })
    const result = await world.writer().submit(() => ({
      kind: "commit",
      changes: [
        { path: "cluster/old.yaml", content: null },
        { path: "cluster/deep/ünew.yaml", content: "new\n" },
      ],
      message: { subject: "Move", body: "", trailers: [] },
    }))
    expect(result).toEqual(committed)
    expect(await world.git(["-c", "core.quotePath=false", "ls-tree", "-r", "--name-only", "main"], world.bare)).toBe(
      "cluster/deep/ünew.yaml\ncluster/log.txt",
    )
  })

  it("refuses to write outside of the repository's path", async () => {
    const world = await host()
    const writer = world.writer()
    for (const path of ["README.md", "cluster/../README.md", "cluster/.git/config"]) {
      const result = await writer.submit(() => ({
        kind: "commit",
        changes: [{ path, content: "x" }],
        message: { subject: "Stray", body: "", trailers: [] },
      }))
      expect(result).toMatchObject({ kind: "failed", error: { code: "INTERNAL" } })
    }
    expect(await world.subjects()).toEqual(["first"])
  })

  it("puts edits that wait together into one push, each as its own commit on the one before", async () => {
    const world = await host()
    await world.hook("pre-receive", `echo push >> ${world.folder}/pushes; cat > /dev/null`)
    const writer = world.writer({ pushesPerMinute: 1 })
    const results = await Promise.all(["a", "b", "a", "c"].map((line) => writer.submit(add(line))))
    expect(results.map((result) => result.kind)).toEqual(["committed", "committed", "obsolete", "committed"])
    expect(await world.subjects()).toEqual(["first", "Add a", "Add b", "Add c"])
    expect(await readFile(`${world.folder}/pushes`, "utf8")).toBe("push\n")
  })

  it("waits for its turn, while something urgent goes at once and first", async () => {
    const world = await host()
    const clock = new ManualClock()
    const writer = world.writer({ clock, pushesPerMinute: 1 })
    expect(await writer.submit(add("one"))).toEqual(committed)
    const second = writer.submit(add("two"))
    await clock.advance(59_000)
    expect(await world.subjects()).toEqual(["first", "Add one"])
    const urgent = await writer.submit(add("protect"), { urgent: true })
    expect([urgent, await second]).toEqual([committed, committed])
    expect(await world.subjects()).toEqual(["first", "Add one", "Add protect", "Add two"])
  })

  it("edits anew when a person pushed in between: nothing lost, nothing doubled", async () => {
    const world = await host()
    let overtaken = 0
    const writer = world.writer({
      at: async (boundary) => {
        if (boundary !== "push:before" || overtaken === 2) return
        overtaken += 1
        await world.push(`human ${overtaken}`, { [`cluster/human-${overtaken}.txt`]: "x\n" })
      },
    })
    expect(await writer.submit(add("one"))).toEqual(committed)
    expect(await world.subjects()).toEqual(["first", "human 1", "human 2", "Add one"])
  })

  it("finds its edit obsolete when the person did the same", async () => {
    const world = await host()
    const writer = world.writer({
      at: async (boundary) => {
        if (boundary === "push:before" && (await world.subjects()).length === 1) {
          await world.push("human", { [file]: "first\none\n" })
        }
      },
    })
    expect(await writer.submit(add("one"))).toEqual({ kind: "obsolete", reason: "one is there" })
    expect(await world.subjects()).toEqual(["first", "human"])
  })

  it("tells a host's refusal in its own words and does not repeat the push", async () => {
    const world = await host()
    await world.hook("pre-receive", `echo push >> ${world.folder}/pushes; echo "main is frozen"; exit 1`)
    const result = await world.writer().submit(add("one"))
    expect(result).toMatchObject({ kind: "failed", error: { code: "GIT_FORBIDDEN", retry: "never" } })
    expect(result.kind === "failed" && result.error.message).toMatch(/main is frozen/)
    expect(await readFile(`${world.folder}/pushes`, "utf8")).toBe("push\n")
  })

  it("does not bring a deleted branch back", async () => {
    const world = await host()
    const writer = world.writer()
    await world.git(["update-ref", "-d", "refs/heads/main"], world.bare)
    expect(await writer.submit(add("one"))).toMatchObject({ kind: "failed", error: { code: "GIT_BRANCH_MISSING" } })
    await expect(world.head()).rejects.toThrow()
  })

  it("fails what waits when it closes", async () => {
    const world = await host()
    const writer = world.writer({ clock: new ManualClock(), pushesPerMinute: 1 })
    await writer.submit(add("one"))
    const waiting = writer.submit(add("two"))
    await writer.close()
    expect([await waiting, await writer.submit(add("three"))]).toMatchObject([{ kind: "failed" }, { kind: "failed" }])
    expect(await world.subjects()).toEqual(["first", "Add one"])
  })

  it("after an end at any boundary, the same edits again lead to the same log", async () => {
    for (const boundary of ["push:before", "push:after"]) {
      const world = await host()
      const dying = world.writer({
        at: (reached) => {
          if (reached === boundary) throw new Error("killed here")
        },
      })
      expect((await dying.submit(add("one"))).kind).toBe("failed")
      const again = await world.writer().submit(add("one"))
      expect(again.kind).toBe(boundary === "push:before" ? "committed" : "obsolete")
      expect(await world.subjects()).toEqual(["first", "Add one"])
    }
  })

  it("neither loses nor doubles an edit, however people push in between", { timeout: 60_000 }, async () => {
    const step = fc.oneof(
      fc.record({ kind: fc.constant("edit" as const), line: fc.constantFrom("a", "b", "c", "d", "e") }),
      fc.record({ kind: fc.constant("human" as const), line: fc.constantFrom("a", "b", "x", "y") }),
      fc.record({ kind: fc.constant("race" as const), line: fc.constantFrom("a", "b", "z") }),
    )
    const property = fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 7 }), async (steps) => {
      const world = await host()
      const racing: string[] = []
      let human: string[] = []
      const push = async (line: string) => {
        const lines = (await world.show(file)).split("\n")
        if (lines.includes(line)) return
        await world.push(`human ${line}`, { [file]: `${[...lines, line].join("\n")}\n` })
        human = [...human, line]
      }
      const writer = world.writer({
        at: async (boundary) => {
          const line = boundary === "push:before" ? racing.shift() : undefined
          if (line !== undefined) await push(line)
        },
      })
      const results: { line: string; result: SubmitResult }[] = []
      let pending: Promise<unknown>[] = []
      for (const { kind, line } of steps) {
        if (kind === "race") racing.push(line)
        if (kind === "edit") pending.push(writer.submit(add(line)).then((result) => results.push({ line, result })))
        if (kind === "human") {
          await Promise.all(pending)
          pending = []
          await push(line)
        }
      }
      await Promise.all(pending)
      await writer.close()
      const ours = results.filter(({ result }) => result.kind === "committed").map(({ line }) => line)
      expect(results.every(({ result }) => result.kind === "committed" || result.kind === "obsolete")).toBe(true)
      const subjects = (await world.subjects()).slice(1)
      expect(subjects.toSorted()).toEqual(
        [...ours.map((line) => `Add ${line}`), ...human.map((line) => `human ${line}`)].toSorted(),
      )
      expect((await world.show(file)).split("\n").toSorted()).toEqual(
        ["first", ...new Set([...ours, ...human, ...results.map(({ line }) => line)])].toSorted(),
      )
    })
    await fc.assert(property, { numRuns: 12 })
  })
})
