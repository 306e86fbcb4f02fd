import { execFile } from "node:child_process"
import { dirname, resolve } from "node:path"
import { z } from "zod"
import type { Clock } from "../runtime/index.ts"
import { KubeFailure } from "./failure.ts"
import { material, type Context } from "./kubeconfig.ts"

/** What a plugin gives: a token, a client certificate, or both. */
export interface ExecCredential {
  readonly token?: string | undefined
  readonly clientCertificateData?: string | undefined
  readonly clientKeyData?: string | undefined
}

const settings = z.looseObject({
  apiVersion: z.string(),
  command: z.string(),
  args: z.array(z.string()).nullish(),
  env: z.array(z.object({ name: z.string(), value: z.string() })).nullish(),
  installHint: z.string().optional(),
  interactiveMode: z.string().optional(),
  provideClusterInfo: z.boolean().optional(),
})
/** Where a cluster keeps what is meant for its plugin. */
const extensions = z.array(z.object({ name: z.string(), extension: z.unknown() })).catch([])
const answer = z.looseObject({
  kind: z.literal("ExecCredential"),
  status: z.looseObject({
    token: z.string().optional(),
    clientCertificateData: z.string().optional(),
    clientKeyData: z.string().optional(),
    expirationTimestamp: z.string().optional(),
  }),
})

const limitMs = 60_000

/**
 * Runs a kubeconfig's credential plugin (client.authentication.k8s.io) as kubectl does: again only when what it gave runs out
 * or was refused (`anew`). Rejects with KUBE_UNAUTHORIZED in the plugin's own words, never with what it printed as its answer.
 */
export function execPlugin(clock: Clock): (context: Context, anew: boolean) => Promise<ExecCredential> {
  let kept: { readonly until: number; readonly credential: ExecCredential } | undefined
  return async (context, anew) => {
    if (kept !== undefined && !anew && clock.now() < kept.until) return kept.credential
    const { expirationTimestamp, ...credential } = await run(context)
    const until = Date.parse(expirationTimestamp ?? "")
    kept = { until: Number.isNaN(until) ? Infinity : until, credential }
    return credential
  }
}

async function run(context: Context): Promise<z.infer<typeof answer>["status"]> {
  const { path, user } = context
  const problem = (what: string, next?: string) =>
    new KubeFailure(
      "KUBE_UNAUTHORIZED",
      `the kubeconfig's credential plugin ${what}`,
      next === undefined ? {} : { next },
    )
  const checked = settings.safeParse(user.exec)
  if (!checked.success) throw problem(`cannot be run: ${z.prettifyError(checked.error).replaceAll("\n", " ")}`)
  const { apiVersion, command, args, env, installHint, interactiveMode, provideClusterInfo = false } = checked.data
  if (interactiveMode === "Always") throw problem("wants to ask a person (interactiveMode Always), and there is none")
  // A path is taken from where the kubeconfig is; a bare name is looked for on the PATH.
  const program = command.includes("/") ? resolve(dirname(path), command) : command
  const info = {
    apiVersion,
    kind: "ExecCredential",
    spec: { interactive: false, ...(provideClusterInfo && { cluster: await clusterInfo(context) }) },
  }
  const environment = {
    ...process.env,
    ...Object.fromEntries((env ?? []).map(({ name, value }) => [name, value])),
    KUBERNETES_EXEC_INFO: JSON.stringify(info),
  }
  const printed = await new Promise<string>((settle, reject) => {
    execFile(
      program,
      args ?? [],
      { env: environment, timeout: limitMs, killSignal: "SIGKILL" },
      (error, stdout, stderr) => {
        if (error === null) settle(stdout)
        else if (error.code === "ENOENT") reject(problem(`"${command}" is not there`, installHint))
        else
          reject(
            problem(`failed: ${stderr.trim().slice(0, 500) || `it ended with ${String(error.code ?? error.signal)}`}`),
          )
      },
    )
  })
  const parsed = answer.safeParse(jsonOf(printed))
  if (!parsed.success) throw problem("printed no ExecCredential")
  return parsed.data.status
}

/** `Cluster` of client.authentication.k8s.io/v1; the authority always as data. */
async function clusterInfo(context: Context): Promise<object> {
  const { cluster } = context
  const ca = await material(context, cluster["certificate-authority-data"], cluster["certificate-authority"])
  const config = extensions.parse(cluster["extensions"]).find(({ name }) => name === execExtension)?.extension
  const { "certificate-authority": _file, extensions: _extensions, ...stated } = cluster
  return {
    ...stated,
    ...(ca !== undefined && { "certificate-authority-data": Buffer.from(ca).toString("base64") }),
    ...(config !== undefined && { config }),
  }
}

const execExtension = "client.authentication.k8s.io/exec"

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // What it is instead is for the schema to say: it may hold a token.
    return undefined
  }
}
