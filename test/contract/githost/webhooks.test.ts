import { createHmac } from "node:crypto"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { startEmbedded } from "./embedded.ts"
import { deviations } from "./github-schema.ts"
import { startHookReceiver, type Delivery } from "./hook-receiver.ts"
import { Session } from "./session.ts"

// git has no webhooks: what judges them is GitHub's own description of them, its schema and its documentation.

interface PushEvent {
  readonly ref: string
  readonly before: string
  readonly after: string
  readonly created: boolean
  readonly deleted: boolean
  readonly forced: boolean
  readonly commits: readonly { readonly id: string; readonly message: string; readonly distinct: boolean }[]
  readonly head_commit: { readonly id: string; readonly distinct: boolean } | null
}

const secret = "secret-of-the-hook"
const none = "0".repeat(40)
let host: Awaited<ReturnType<typeof startEmbedded>>
beforeAll(async () => {
  host = await startEmbedded()
})
afterAll(() => host.close())

/** Runs a case in a repository with one pushed commit and a hook that is told of what follows. */
function hookTest(name: string, run: (s: Session, hook: Hook) => Promise<void>): void {
  test(name, async () => {
    const s = new Session(`webhooks/${name.replaceAll(" ", "-")}`, host)
    const receiver = await startHookReceiver()
    try {
      await s.begin()
      const { ids } = await s.pushed()
      await host.addHook(s.repository, receiver.url, secret)
      const next = async (count: number): Promise<PushEvent[]> => {
        await expect.poll(() => receiver.taken.length, { timeout: 30_000 }).toBe(count)
        return receiver.taken.map(judged)
      }
      await run(s, {
        first: String(ids[0]),
        events: next,
        refuseOnce: receiver.refuseOnce,
        deliveries: () => receiver.taken,
        push: (...args) => s.quietGit(["push", "--quiet", "origin", ...args], { in: "work" }),
      })
    } finally {
      await s.close()
      await receiver.close()
    }
  })
}

interface Hook {
  /** The commit that was there before the hook. */
  readonly first: string
  /** Waits for so many events in all, each of which must be as GitHub's are. */
  readonly events: (count: number) => Promise<PushEvent[]>
  readonly deliveries: () => readonly Delivery[]
  readonly refuseOnce: (status: number) => void
  readonly push: (...args: readonly string[]) => Promise<string>
}

function judged({ headers, body }: Delivery): PushEvent {
  const event = JSON.parse(body.toString("utf8")) as PushEvent
  expect(deviations(event)).toEqual([])
  expect(headers).toMatchObject({
    "content-type": "application/json",
    "x-github-event": "push",
    "x-github-hook-id": expect.stringMatching(/^\d+$/) as unknown,
    "x-github-delivery": expect.stringMatching(/^[0-9a-f-]{36}$/) as unknown,
    "x-hub-signature-256": `sha256=${createHmac("sha256", secret).update(body).digest("hex")}`,
  })
  return event
}

describe("the git host's webhooks, by GitHub's schema", () => {
  hookTest("a push to a branch", async (s, { first, events, push }) => {
    const next = await s.commit("work")
    await push("main")
    const [event] = await events(1)
    expect(event).toMatchObject({ ref: "refs/heads/main", before: first, after: next })
    expect(event).toMatchObject({ created: false, deleted: false, forced: false, head_commit: { id: next } })
  })

  hookTest("several commits", async (s, { events, push }) => {
    const ids = [await s.commit("work"), await s.commit("work", "b.txt"), await s.commit("work", "c/d e.txt")]
    await push("main")
    const [event] = await events(1)
    expect(event?.commits.map(({ id }) => id)).toEqual(ids)
    expect(event?.commits.at(-1)).toMatchObject({ message: "Write c/d e.txt", added: ["c/d e.txt"], distinct: true })
  })

  hookTest("more commits than are listed", async (s, { events, push }) => {
    const ids: string[] = []
    for (let made = 0; made < 25; made += 1) ids.push(await s.commit("work"))
    await push("main")
    const [event] = await events(1)
    expect(event?.commits).toHaveLength(20)
    expect(event?.head_commit?.id).toBe(ids.at(-1))
  })

  hookTest("a new branch", async (s, { first, events, push }) => {
    const next = await s.commit("work")
    await push("main:refs/heads/new")
    await push(`${first}:refs/heads/same`)
    const [fresh, same] = await events(2)
    expect(fresh).toMatchObject({ ref: "refs/heads/new", before: none, after: next, created: true })
    expect(fresh?.commits).toMatchObject([{ id: next, distinct: true }])
    expect(same).toMatchObject({ created: true, commits: [], head_commit: { id: first, distinct: false } })
  })

  hookTest("commits that another branch has", async (s, { events, push }) => {
    const next = await s.commit("work")
    await push("main:refs/heads/new")
    await push("main")
    const [, event] = await events(2)
    expect(event?.commits).toMatchObject([{ id: next, distinct: false }])
  })

  hookTest("a light tag", async (_, { first, events, push }) => {
    await push("main:refs/tags/1.0.0")
    const [event] = await events(1)
    expect(event).toMatchObject({ ref: "refs/tags/1.0.0", before: none, after: first, created: true, commits: [] })
    expect(event?.head_commit?.id).toBe(first)
  })

  hookTest("an annotated tag", async (s, { first, events, push }) => {
    await s.quietGit(["tag", "--annotate", "--message", "One", "1.0.0"], { in: "work" })
    await push("1.0.0")
    const [event] = await events(1)
    const tag = await s.quietGit(["rev-parse", "1.0.0"], { in: "work" })
    expect(event).toMatchObject({ ref: "refs/tags/1.0.0", after: tag, head_commit: { id: first } })
  })

  hookTest("a deleted branch and a deleted tag", async (_, { first, events, push }) => {
    await push("main:refs/heads/more", "main:refs/tags/1.0.0")
    await push(":refs/heads/more", ":refs/tags/1.0.0")
    const deleted = (await events(4)).slice(2).toSorted((a, b) => a.ref.localeCompare(b.ref))
    const gone = { before: first, after: none, created: false, deleted: true, commits: [], head_commit: null }
    expect(deleted).toMatchObject([
      { ref: "refs/heads/more", ...gone },
      { ref: "refs/tags/1.0.0", ...gone },
    ])
  })

  hookTest("a forced push", async (s, { first, events, push }) => {
    await s.quietGit(["commit", "--quiet", "--amend", "--message", "Other"], { in: "work" })
    await push("--force", "main")
    const [event] = await events(1)
    expect(event).toMatchObject({ before: first, forced: true, commits: [{ message: "Other" }] })
  })

  hookTest("a refused push is not told", async (s, { events, push }) => {
    await s.commit("work")
    await push("main")
    const refused = await s.tryGit(["push", "origin", "main~1:main", "main:refs/heads/more"], { in: "work" })
    expect(refused.code).toBe(1)
    const [, second] = await events(2)
    expect(second?.ref).toBe("refs/heads/more")
  })

  hookTest("a delivery that failed comes again as it was", async (s, { events, deliveries, refuseOnce, push }) => {
    refuseOnce(503)
    const next = await s.commit("work")
    await push("main")
    await push("main:refs/tags/1.0.0")
    const [first, second] = await events(2)
    expect([first?.after, second?.ref]).toEqual([next, "refs/tags/1.0.0"])
    expect(new Set(deliveries().map(({ headers }) => headers["x-github-delivery"])).size).toBe(2)
  })
})
