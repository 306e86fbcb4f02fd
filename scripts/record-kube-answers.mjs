// Sends the cases of the embedded API server's unit tests to a real kube-apiserver and writes down its answers:
// for each `…/recorded/NAME.yaml` given, `…/recorded/NAME.answers.jsonl` with one line per case.
// Run: node scripts/record-kube-answers.mjs https://127.0.0.1:PORT TOKEN packages/sandbox/src/kube/*/recorded/*.yaml
//
// A case is `{ name, steps: [{ method, path, type?, accept?, body? }] }`; `$NS` in a path or body is a namespace of its
// own. An answer that is not JSON is written as `{ base64 }`.
import { readFileSync, writeFileSync } from "node:fs"
import { Agent, fetch } from "undici"
import { parse } from "yaml"

const [server, token, ...files] = process.argv.slice(2)
if (files.length === 0) {
  console.error("usage: record-kube-answers.mjs SERVER TOKEN FILE.yaml…")
  process.exit(2)
}
const dispatcher = new Agent({ connect: { rejectUnauthorized: false } })
const run = Date.now().toString(36)

/** One request; returns `{ code, body, warnings? }` as the server answered it. */
async function ask({ method, path, type, accept, body }) {
  const response = await fetch(`${server}${path}`, {
    method,
    dispatcher,
    headers: {
      authorization: `Bearer ${token}`,
      "user-agent": "recorder",
      ...(accept === undefined ? {} : { accept }),
      ...(body === undefined ? {} : { "content-type": type ?? "application/json" }),
    },
    ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
  })
  const warning = response.headers.get("warning")
  const json = response.headers.get("content-type")?.startsWith("application/json")
  const bytes = Buffer.from(await response.arrayBuffer())
  const answer = json ? JSON.parse(bytes.toString()) : { base64: bytes.toString("base64") }
  return { code: response.status, body: answer, ...(warning === null ? {} : { warnings: warning }) }
}

for (const file of files) {
  const lines = []
  for (const [index, { name, steps }] of parse(readFileSync(file, "utf8"), { merge: true }).entries()) {
    const namespace = `r${run}-${index}`
    await ask({ method: "POST", path: "/api/v1/namespaces", body: { metadata: { name: namespace } } })
    const answers = []
    for (const step of steps) {
      const text = JSON.stringify(step).replaceAll("$NS", namespace)
      const answer = await ask(JSON.parse(text))
      answers.push(JSON.parse(JSON.stringify(answer).replaceAll(namespace, "$NS")))
    }
    await ask({ method: "DELETE", path: `/api/v1/namespaces/${namespace}` })
    lines.push(JSON.stringify({ name, answers }))
  }
  writeFileSync(file.replace(/\.yaml$/, ".answers.jsonl"), `${lines.join("\n")}\n`)
  console.log(`${file}: ${lines.length} cases`)
}
await dispatcher.close()
