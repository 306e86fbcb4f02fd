import { readdir, readFile } from "node:fs/promises"
import { extname, join } from "node:path"
import type { FastifyInstance } from "fastify"

const types: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
  ".woff2": "font/woff2",
}

const policy =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

/** Serves the built web page from `folder`, read once: it is small, and only these files can ever be asked for. */
export async function servePage(app: FastifyInstance, folder: string): Promise<void> {
  const files = (await readdir(folder, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile())
  for (const file of files) {
    const path = join(file.parentPath, file.name)
    const content = await readFile(path)
    const url = path.slice(folder.length).replaceAll("\\", "/").replace(/^\/?/, "/")
    // Names of built assets hold a hash of their content.
    const caching = url.startsWith("/assets/") ? "public, max-age=31536000, immutable" : "no-cache"
    app.get(url === "/index.html" ? "/" : url, (_request, reply) =>
      reply
        .header("content-type", types[extname(file.name)] ?? "application/octet-stream")
        .header("content-security-policy", policy)
        .header("x-content-type-options", "nosniff")
        .header("referrer-policy", "no-referrer")
        .header("cache-control", caching)
        .send(content),
    )
  }
}
