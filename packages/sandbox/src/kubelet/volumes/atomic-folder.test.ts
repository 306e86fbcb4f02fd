import { readdirSync, readFileSync, readlinkSync, statSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { temporaryFolder } from "../../testing/temporary.ts"
import { writeAtomically } from "./atomic-folder.ts"

const file = (path: string, text: string, mode = 0o644) => ({ path, data: Buffer.from(text), mode })

describe("a volume of files from the API", () => {
  it("holds the files, with their modes, behind one link", async () => {
    const folder = await temporaryFolder()
    await writeAtomically(folder, [file("a", "1", 0o400), file("sub/b", "2")])
    expect(readFileSync(join(folder, "a"), "utf8")).toBe("1")
    expect(statSync(join(folder, "a")).mode & 0o777).toBe(0o400)
    expect(readFileSync(join(folder, "sub/b"), "utf8")).toBe("2")
    expect(readlinkSync(join(folder, "a"))).toBe("..data/a")
  })

  it("changes all files at once and removes those that are gone", async () => {
    const folder = await temporaryFolder()
    await writeAtomically(folder, [file("a", "1"), file("old", "x")])
    const before = readlinkSync(join(folder, "..data"))
    await writeAtomically(folder, [file("a", "2"), file("new", "y")])
    expect(readFileSync(join(folder, "a"), "utf8")).toBe("2")
    expect(
      readdirSync(folder)
        .filter((name) => !name.startsWith(".."))
        .sort(),
    ).toEqual(["a", "new"])
    expect(readdirSync(folder)).not.toContain(before)
  })

  it("is not touched when nothing has changed", async () => {
    const folder = await temporaryFolder()
    await writeAtomically(folder, [file("a", "1"), file("b", "2")])
    const before = readlinkSync(join(folder, "..data"))
    await writeAtomically(folder, [file("b", "2"), file("a", "1")])
    expect(readlinkSync(join(folder, "..data"))).toBe(before)
  })

  it("may be empty", async () => {
    const folder = await temporaryFolder()
    await writeAtomically(folder, [])
    expect(readdirSync(folder).filter((name) => !name.startsWith(".."))).toEqual([])
  })
})
