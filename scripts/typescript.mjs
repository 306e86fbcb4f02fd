// `node --import ./scripts/typescript.mjs file.ts` on the oldest supported Node, which does not strip types by itself.
import { readFile } from "node:fs/promises"
import { register } from "node:module"
import { fileURLToPath } from "node:url"
import { isMainThread } from "node:worker_threads"
import { transform } from "esbuild"

if (isMainThread) register(import.meta.url)

/** Node's module hook: TypeScript files are handed on as JavaScript, everything else as it is. */
export async function load(url, context, nextLoad) {
  if (!url.startsWith("file:") || !url.endsWith(".ts")) return nextLoad(url, context)
  const file = fileURLToPath(url)
  const { code } = await transform(await readFile(file, "utf8"), {
    loader: "ts",
    format: "esm",
    target: "node20",
    sourcemap: "inline",
    sourcefile: file,
  })
  return { format: "module", source: code, shortCircuit: true }
}
