import { readFile } from "node:fs/promises"
import { dirname, resolve } from "node:path"
import { parse } from "yaml"
import { z } from "zod"
import { messageOf, type ErrorDetails } from "../errors.ts"
import { KubeFailure } from "./failure.ts"

const cluster = z.looseObject({
  server: z.url(),
  "certificate-authority": z.string().optional(),
  "certificate-authority-data": z.string().optional(),
  "insecure-skip-tls-verify": z.boolean().optional(),
  "tls-server-name": z.string().optional(),
  "proxy-url": z.string().optional(),
})
const user = z.looseObject({
  token: z.string().optional(),
  tokenFile: z.string().optional(),
  "client-certificate": z.string().optional(),
  "client-certificate-data": z.string().optional(),
  "client-key": z.string().optional(),
  "client-key-data": z.string().optional(),
  username: z.string().optional(),
  password: z.string().optional(),
  exec: z.unknown().optional(),
  "auth-provider": z.unknown().optional(),
})
const file = z.looseObject({
  clusters: z.array(z.object({ name: z.string(), cluster })),
  users: z.array(z.object({ name: z.string(), user: user.nullish() })),
  contexts: z.array(z.object({ name: z.string(), context: z.looseObject({ cluster: z.string(), user: z.string() }) })),
  "current-context": z.string(),
})

export type KubeconfigCluster = z.infer<typeof cluster>
export type KubeconfigUser = z.infer<typeof user>

/** The current context of a kubeconfig file, with the paths in it made absolute. */
export interface Context {
  readonly path: string
  readonly cluster: KubeconfigCluster
  readonly user: KubeconfigUser
}

/** Reads a kubeconfig file. Throws `KubeFailure` KUBE_CREDENTIALS that says what is wrong with it, never what is in it. */
export async function readKubeconfig(path: string): Promise<Context> {
  const problem = (message: string, details: ErrorDetails = {}) =>
    new KubeFailure("KUBE_CREDENTIALS", `kubeconfig ${path}: ${message}`, details)
  let raw: unknown
  try {
    raw = parse(await readFile(path, "utf8"))
  } catch (error) {
    // The parser quotes the line, which may hold a token.
    if (error instanceof Error && "code" in error && error.code === "ENOENT")
      throw problem("no such file", {
        next: "Name a kubeconfig with --kubeconfig FILE or $KUBECONFIG; `serin sandbox --data-dir DIR` writes DIR/kubeconfig.",
      })
    throw problem("cannot be read")
  }
  const checked = file.safeParse(raw)
  if (!checked.success) throw problem(z.prettifyError(checked.error).replaceAll("\n", " "))
  const config = checked.data
  const context = config.contexts.find(({ name }) => name === config["current-context"])?.context
  if (!context) throw problem(`its current-context "${config["current-context"]}" is not among its contexts`)
  const found = config.clusters.find(({ name }) => name === context.cluster)?.cluster
  if (!found) throw problem(`it has no cluster "${context.cluster}"`)
  return { path, cluster: found, user: config.users.find(({ name }) => name === context.user)?.user ?? {} }
}

/** Material given inline (base64) or by a path beside the kubeconfig. */
export async function material(
  context: Context,
  inline: string | undefined,
  path: string | undefined,
): Promise<string | undefined> {
  if (inline !== undefined) return Buffer.from(inline, "base64").toString("utf8")
  if (path === undefined) return undefined
  const absolute = resolve(dirname(context.path), path)
  try {
    return await readFile(absolute, "utf8")
  } catch (error) {
    throw new KubeFailure(
      "KUBE_CREDENTIALS",
      `kubeconfig ${context.path} names a file that cannot be read: ${messageOf(error)}`,
    )
  }
}
