#!/usr/bin/env node
// `npx serin` in a clone. It is there before the first build: npm links a package's programs only once, and then for good.
import { existsSync } from "node:fs"

const program = new URL("../dist/serin.js", import.meta.url)
if (existsSync(program)) await import(program.href)
else {
  console.error("serin is not built yet: run `npm run build`.")
  process.exitCode = 1
}
