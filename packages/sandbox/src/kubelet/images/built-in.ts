import { mkdir } from "node:fs/promises"
import { join } from "node:path"
import type { LocalImage } from "../../images/index.ts"

/** `serin/istio-proxy` of any registry and tag. */
const proxyImage = /^(?:[^/]+\/)?serin\/istio-proxy(?::[^/]+)?$/

/** What `startContainer` runs as a built-in program. */
const program = "istio-proxy"

/**
 * Images that are part of the node: nothing is pulled for them. Their root file system is empty, for the node brings
 * program, Node and libraries along.
 */
export async function builtInImages(folder: string): Promise<(image: string) => LocalImage | undefined> {
  const rootfs = join(folder, program)
  await mkdir(join(rootfs, "tmp"), { recursive: true })
  return (image) => {
    if (!proxyImage.test(image)) return undefined
    return {
      ref: image,
      // Not content that a registry knows; the same for every build.
      digest: `sha256:${Buffer.from(program.padEnd(32, "\0")).toString("hex")}`,
      rootfs,
      config: {
        entrypoint: [program],
        cmd: [],
        env: [],
        workingDir: "/",
        user: "",
        labels: {},
        exposedPorts: [],
      },
    }
  }
}

export const isBuiltIn = (image: string): boolean => proxyImage.test(image)
