import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { Pool } from "undici"
import { desiredObjects, parseManifests } from "../../../packages/core/src/index.ts"
import type { ControlPlane } from "../control-plane.ts"
import { applyUser } from "./world.ts"

export const connections = 32

export interface PlainRequest {
  readonly path: string
  readonly body: string
}

/** The requests by which the agent applies these manifests, byte for byte: its owner annotation, its parameters. */
export function applyRequests(folder: string, owner: string): PlainRequest[] {
  const files = readdirSync(folder).map((file) => parseManifests(file, readFileSync(join(folder, file), "utf8")))
  const { objects } = desiredObjects(
    files.flatMap(({ manifests }) => manifests),
    { owner, scopeOf: ({ kind }) => (kind === "Namespace" ? "cluster" : "namespaced") },
  )
  const query = "fieldManager=serin&fieldValidation=Strict&force=true"
  return objects.map(({ object }) => {
    const { kind, metadata } = object
    const { namespace, name } = metadata
    const place = kind === "Namespace" ? "namespaces" : `namespaces/${namespace ?? ""}/configmaps`
    return { path: `/api/v1/${place}/${name}?${query}`, body: JSON.stringify(object) }
  })
}

/** Sends them as the agent would, the Namespace first, the rest over 32 connections, as fast as answers come; looks at no answer. */
export async function sendPlainly(
  { url, ca }: ControlPlane,
  token: string,
  requests: readonly PlainRequest[],
  userAgent: string,
): Promise<void> {
  const pool = new Pool(url, { connections, pipelining: 1, connect: { ca } })
  const headers = {
    accept: "application/json",
    "content-type": "application/apply-patch+yaml",
    authorization: `Bearer ${token}`,
    "impersonate-user": applyUser.user,
    "impersonate-group": [...(applyUser.groups ?? [])],
    "user-agent": userAgent,
  }
  const send = async ({ path, body }: PlainRequest): Promise<void> => {
    const answer = await pool.request({ method: "PATCH", path, headers, body })
    if (answer.statusCode !== 201) throw new Error(`${path}: ${String(answer.statusCode)} ${await answer.body.text()}`)
    await answer.body.dump({ limit: 1 << 20 })
  }
  const isNamespace = ({ path }: PlainRequest): boolean =>
    /^\/api\/v1\/namespaces\/[^/]+$/.test(path.split("?")[0] ?? "")
  try {
    for (const request of requests.filter(isNamespace)) await send(request)
    const rest = requests.filter((request) => !isNamespace(request)).values()
    const worker = async (): Promise<void> => {
      for (const request of rest) await send(request)
    }
    await Promise.all(Array.from({ length: connections }, worker))
  } finally {
    await pool.close()
  }
}
