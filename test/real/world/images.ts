import { mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { copyPrograms, pushFolder } from "../../../packages/sandbox/src/index.ts"
import { pushSerinImage } from "../../../scripts/serin-image.ts"
import { run } from "./namespaces.ts"

/** Images of the real world as manifests name them. Nothing can be pulled from outside: all are made here, by the project's builder. */
export const images = {
  pause: "registry.k8s.io/pause:real",
  node: "docker.io/library/node:20",
  envoy: "docker.io/istio/proxy:real",
  redirect: "docker.io/istio/redirect:real",
  serin: "docker.io/library/serin:real",
} as const

export interface ImagesOptions {
  /** `http://10.244.0.1:5000` */
  readonly registry: string
  readonly folder: string
  /** Envoy's binary. */
  readonly envoy: string
  readonly say: (line: string) => void
}

type Programs = Parameters<typeof copyPrograms>[1]

interface Recipe {
  readonly image: string
  readonly programs: Programs
  readonly dockerfile: readonly string[]
  readonly files?: Readonly<Record<string, string>>
}

const pauseProgram = `#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>
static void leave(int number) { (void)number; _exit(0); }
static void reap(int number) { (void)number; while (waitpid(-1, 0, WNOHANG) > 0) {} }
int main(void) {
  signal(SIGTERM, leave);
  signal(SIGINT, leave);
  signal(SIGCHLD, reap);
  for (;;) pause();
}
`

const path = "ENV PATH=/usr/local/bin:/usr/bin:/bin"
const users = {
  "etc/passwd": "root:x:0:0::/root:/bin/sh\n",
  "etc/group": "root:x:0:\n",
  "etc/nsswitch.conf": "hosts: files dns\n",
}

/** Builds and pushes the images that pods of any cluster need. */
export async function pushImages(options: ImagesOptions): Promise<void> {
  const work = join(options.folder, "images")
  mkdirSync(work, { recursive: true })
  for (const recipe of recipes(options, work)) await push(recipe, options, work)
}

/** Builds and pushes the image of the agent. */
export async function pushAgentImage({ registry, say }: Pick<ImagesOptions, "registry" | "say">): Promise<void> {
  const { repository, tag } = placeOf(images.serin)
  await pushSerinImage({ registry, repository, tag, say })
}

function recipes({ envoy }: ImagesOptions, work: string): Recipe[] {
  const [source, pause] = [join(work, "pause.c"), join(work, "pause-program")]
  writeFileSync(source, pauseProgram)
  run("cc", ["-O2", "-static", "-o", pause, source])
  return [
    { image: images.pause, programs: [{ path: "pause", source: pause }], dockerfile: ['ENTRYPOINT ["/pause"]'] },
    {
      // What the story's pods run on: Node, a shell, and the load generator that people know.
      image: images.node,
      programs: [
        { path: "usr/local/bin/node", source: process.execPath },
        { path: "bin/sh", source: "/bin/sh" },
        { path: "usr/bin/hey", source: "/usr/bin/hey" },
        { path: "usr/bin/env", source: "/usr/bin/env" },
      ],
      files: users,
      dockerfile: [path, 'CMD ["node"]'],
    },
    {
      image: images.envoy,
      programs: [{ path: "usr/local/bin/envoy", source: envoy }],
      files: users,
      dockerfile: [path, 'ENTRYPOINT ["envoy"]'],
    },
    {
      image: images.redirect,
      programs: [{ path: "usr/sbin/nft", source: "/usr/sbin/nft" }],
      files: users,
      dockerfile: ['ENTRYPOINT ["/usr/sbin/nft"]'],
    },
  ]
}

async function push(recipe: Recipe, { registry, say }: ImagesOptions, work: string): Promise<void> {
  const { repository, tag } = placeOf(recipe.image)
  const folder = join(work, repository.replaceAll("/", "-"))
  const rootfs = join(folder, "rootfs")
  mkdirSync(join(rootfs, "tmp"), { recursive: true })
  await copyPrograms(rootfs, recipe.programs)
  for (const [name, content] of Object.entries(recipe.files ?? {})) {
    mkdirSync(join(rootfs, name, ".."), { recursive: true })
    writeFileSync(join(rootfs, name), content)
  }
  writeFileSync(join(folder, "Dockerfile"), ["FROM scratch", "COPY rootfs/ /", ...recipe.dockerfile, ""].join("\n"))
  await pushFolder({
    dataDir: join(work, "builder"),
    folder,
    name: recipe.image,
    given: {},
    at: new Date("2026-01-01T00:00:00Z"),
    registry: { url: registry },
    mirrors: {},
    repository,
    tag,
    say: () => undefined,
    signal: AbortSignal.timeout(120_000),
  })
  say(`image ${recipe.image}`)
}

/** Where the node's one registry keeps it: hosts do not count. */
function placeOf(image: string): { readonly repository: string; readonly tag: string } {
  const [, repository = "", tag = ""] = /^[^/]+\/(.+):([^:]+)$/.exec(image) ?? []
  return { repository, tag }
}
