import http from "node:http"

/** A URL, or a path on a unix socket. */
export type Place = string | { readonly socketPath: string; readonly path: string }

/** The body of a 200 answer. Rejects on any other status and when it takes longer than `limitMs`. */
export async function getText(place: Place, limitMs: number): Promise<string> {
  const response = await get(place, AbortSignal.timeout(limitMs))
  if (response.statusCode !== 200) {
    response.resume()
    throw new Error(`status ${response.statusCode ?? "?"} instead of 200`)
  }
  const chunks: Buffer[] = []
  for await (const chunk of response) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString()
}

/** Asks for `/hold` and resolves when its endless answer ends. `established` is called when it begins. */
export async function holdOpen(socketPath: string, signal: AbortSignal, established: () => void): Promise<void> {
  const response = await get({ socketPath, path: "/hold" }, signal)
  if (response.statusCode !== 200) {
    response.destroy()
    throw new Error(`status ${response.statusCode ?? "?"} instead of 200`)
  }
  established()
  await new Promise<void>((resolve, reject) => {
    response.on("error", reject).on("close", resolve)
    response.resume()
  })
}

function get(place: Place, signal: AbortSignal): Promise<http.IncomingMessage> {
  const headers = { accept: "text/plain;version=0.0.4" }
  return new Promise((resolve, reject) => {
    const request =
      typeof place === "string"
        ? http.get(place, { signal, headers, agent: false }, resolve)
        : http.get({ ...place, signal, headers, agent: false }, resolve)
    request.on("error", reject)
  })
}
