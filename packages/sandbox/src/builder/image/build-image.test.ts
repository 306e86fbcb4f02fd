import { chmod, readFile, symlink } from "node:fs/promises"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { isInstalled } from "../../testing/programs.ts"
import { world, type Files, folderOf, logOf, succeeded, failure, tree, forLargeImages } from "../testing.ts"

describe("the Dockerfile", () => {
  it("says how the image runs", async () => {
    const of = await world()
    const dockerfile = `
ARG GREETING=hello
FROM scratch AS base
ENV PATH=/bin KEEP="two words"
CMD ["from-base"]
FROM base
ARG GREETING
ARG UNSET
WORKDIR /srv
WORKDIR app
ENV TEXT=$GREETING-\${UNSET:-none} PATH=/extra:$PATH
LABEL a=1 b="x y"
EXPOSE 9898 53/udp
USER 1000:1000
ENTRYPOINT ["node", "main.js"]
`
    const { config, rootfs } = await succeeded(of, { Dockerfile: dockerfile })
    expect(config).toMatchObject({
      entrypoint: ["node", "main.js"],
      cmd: [],
      env: ["PATH=/extra:/bin", "KEEP=two words", "TEXT=hello-none"],
      workingDir: "/srv/app",
      user: "1000:1000",
      exposedPorts: ["9898/tcp", "53/udp"],
    })
    expect(config.labels).toMatchObject({ a: "1", b: "x y" })
    expect(await tree(rootfs)).toEqual(["srv", "srv/app"])
  })

  it("copies files to where Docker would put them", async () => {
    const of = await world()
    const folder = await folderOf({
      Dockerfile: `
FROM scratch AS build
COPY src /out/
COPY tool /out/bin/tool
FROM scratch
WORKDIR /app
COPY package.json ./
COPY src lib
COPY *.md docs/
COPY tool /bin/renamed
COPY ["a name.txt", "/names/"]
COPY --from=build /out /from-build
COPY --chmod=600 --chown=5:6 package.json /secret.json
COPY link.txt /followed.txt
`,
      ".dockerignore": "**/*.log\nignored.md\n",
      "package.json": "{}",
      "src/main.js": "main",
      "src/deep/x.js": "x",
      "src/debug.log": "never",
      "one.md": "1",
      "two.md": "2",
      "ignored.md": "no",
      tool: "#!",
      "a name.txt": "spaces",
    })
    await chmod(join(folder, "tool"), 0o755)
    await symlink("one.md", join(folder, "link.txt"))
    await symlink("main.js", join(folder, "src/alias.js"))
    const { rootfs } = await succeeded(of, folder)
    expect(await tree(rootfs)).toEqual([
      "app",
      "app/docs",
      "app/docs/one.md",
      "app/docs/two.md",
      "app/lib",
      "app/lib/alias.js",
      "app/lib/deep",
      "app/lib/deep/x.js",
      "app/lib/main.js",
      "app/package.json",
      "bin",
      "bin/renamed",
      "followed.txt",
      "from-build",
      "from-build/alias.js",
      "from-build/bin",
      "from-build/bin/tool",
      "from-build/deep",
      "from-build/deep/x.js",
      "from-build/main.js",
      "names",
      "names/a name.txt",
      "secret.json",
    ])
    const { lstat, readlink } = await import("node:fs/promises")
    const mode = async (path: string) => (await lstat(join(rootfs, path))).mode & 0o777
    expect(
      await Promise.all(["bin/renamed", "app/package.json", "secret.json", "from-build/bin/tool"].map(mode)),
    ).toEqual([0o755, 0o644, 0o600, 0o755])
    expect(await readlink(join(rootfs, "app/lib/alias.js"))).toBe("main.js")
    expect(await readFile(join(rootfs, "followed.txt"), "utf8")).toBe("1")
  })

  it.skipIf(!isInstalled("unshare", "-rmpf", "true"))(
    "runs commands where the machine lets it",
    forLargeImages,
    async () => {
      const of = await world()
      const dockerfile = `
FROM node:20
WORKDIR /app
COPY old.txt gone.txt ./
ARG VERSION
RUN echo "built $VERSION in $PWD"; node -e 'fs.writeFileSync("made.txt", "made"); fs.rmSync("gone.txt"); fs.appendFileSync("old.txt", "+")'
RUN ["node", "-e", "fs.mkdirSync('/data'); fs.writeFileSync('/tmp/x', '')"]
`
      const { rootfs } = await succeeded(of, { Dockerfile: dockerfile, "old.txt": "old", "gone.txt": "" })
      expect(await tree(join(rootfs, "app"))).toEqual(["made.txt", "old.txt"])
      expect(await readFile(join(rootfs, "app/old.txt"), "utf8")).toBe("old+")
      expect(await tree(join(rootfs, "tmp"))).toEqual(["x"])
      const [build] = of.builder.builds()
      expect(build && (await logOf(of.builder, build))).toContain("| built 1.0.0 in /app")
    },
  )

  it.each<[string, Files, RegExp]>([
    ["has no Dockerfile", { a: "" }, /^there is no Dockerfile at the root of team\/app\. Add one/],
    [
      "copies what is not there",
      { Dockerfile: "FROM scratch\n\nCOPY nothing /\n" },
      /^Dockerfile line 3: "nothing" is not in the repository\. Check/,
    ],
    [
      "copies what is ignored",
      { Dockerfile: "FROM scratch\nCOPY a /\n", a: "", ".dockerignore": "a" },
      /^Dockerfile line 2: "a" is not in the repository/,
    ],
    [
      "copies from outside",
      { Dockerfile: "FROM scratch\nCOPY ../a /\n" },
      /line 2: \.\.\/a leads out of the repository/,
    ],
    [
      "copies two files into one",
      { Dockerfile: "FROM scratch\nCOPY a b /c\n", a: "", b: "" },
      /line 2: COPY takes 2 files to "\/c", which is no folder\. End/,
    ],
    [
      "begins with an image that nobody has",
      { Dockerfile: "FROM nobody/has:it\n" },
      /^Dockerfile line 1: there is no image nobody\/has:it: .*not found\. Check its name/,
    ],
    ["adds", { Dockerfile: "FROM scratch\nADD a /\n", a: "" }, /line 2: ADD is not understood here\. Use COPY/],
    [
      "is misspelt",
      { Dockerfile: "FROM scratch\nCOPPY a /\n", a: "" },
      /line 2: COPPY is no instruction of a Dockerfile/,
    ],
    [
      "needs a shell that is not there",
      { Dockerfile: "FROM scratch\nRUN true\n" },
      /line 2: (the command "true" ended with code 127|RUN needs user namespaces)/,
    ],
  ])("that %s fails with the line and the next step", async (_what, files, message) => {
    expect(await failure(files)).toMatch(message)
  })
})
