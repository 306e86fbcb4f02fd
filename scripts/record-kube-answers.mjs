// Sends the cases of the embedded API server's unit tests to a real kube-apiserver and writes down its answers:
// for each `…/recorded/NAME.yaml` given, `…/recorded/NAME.answers.jsonl` with one line per case.
// Run: node scripts/record-kube-answers.mjs https://127.0.0.1:PORT TOKEN packages/sandbox/src/kube/*/recorded/*.yaml
//
// A case is `{ name, steps: [{ method, path, type?, accept?, body?, until?, record? }] }`; `$NS` in a path or body is a namespace of
// its own, `$LONG(n)` a text of n characters. A step with `until` is repeated until its answer contains that text. An answer that is not JSON is written as
// `{ base64 }`; long descriptions of table columns are cut, the data files have them. With `record: code` only the status
// is written, with `record: failure` no body of success, with `record: plain` all but managedFields.
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
async function ask({ method, path, type, accept, body, record }) {
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
  // Tables tell how long ago things were.
  const date = accept?.includes("as=Table") ? { date: response.headers.get("date") } : {}
  const json = response.headers.get("content-type")?.startsWith("application/json")
  const bytes = Buffer.from(await response.arrayBuffer())
  const shorten = (key, value) => {
    if (key === "managedFields" && record === "plain") return undefined
    return key === "description" && value.length > 80 ? value.slice(0, 80) : value
  }
  const answer = json ? JSON.parse(bytes.toString(), shorten) : { base64: bytes.toString("base64") }
  return { code: response.status, body: answer, ...date, ...(warning === null ? {} : { warnings: warning }) }
}

for (const file of files) {
  const lines = []
  for (const [index, { name, steps }] of parse(readFileSync(file, "utf8"), { merge: true }).entries()) {
    const namespace = `r${run}-${index}`
    await ask({ method: "POST", path: "/api/v1/namespaces", body: { metadata: { name: namespace } } })
    const answers = []
    for (const step of steps) {
      const text = JSON.stringify(step)
        .replaceAll("$NS", namespace)
        .replace(/\$LONG\((\d+)\)/g, (_, length) => "x".repeat(Number(length)))
      let answer = await ask(JSON.parse(text))
      for (let tries = 0; step.until !== undefined && tries < 100; tries += 1) {
        if (JSON.stringify(answer).includes(step.until)) break
        await new Promise((resolve) => setTimeout(resolve, 100))
        answer = await ask(JSON.parse(text))
      }
      const recorded =
        step.record === "code" || (step.record === "failure" && answer.code < 300) ? { code: answer.code } : answer
      answers.push(JSON.parse(JSON.stringify(recorded).replaceAll(namespace, "$NS")))
    }
    await ask({ method: "DELETE", path: `/api/v1/namespaces/${namespace}` })
    lines.push(JSON.stringify({ name, answers }))
  }
  writeFileSync(file.replace(/\.yaml$/, ".answers.jsonl"), `${lines.join("\n")}\n`)
  console.log(`${file}: ${lines.length} cases`)
}
await dispatcher.close()
