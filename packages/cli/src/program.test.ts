import { describe, expect, it, onTestFinished, vi } from "vitest"
import type { Command } from "commander"
import { createProgram, report } from "./program.ts"

/** Runs a command line within this process; all of these end before they need a world. */
async function run(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value)
  const code = process.exitCode
  onTestFinished(() => {
    vi.unstubAllEnvs()
    vi.restoreAllMocks()
    process.exitCode = code
  })
  let stdout = ""
  let stderr = ""
  vi.spyOn(process.stdout, "write").mockImplementation((text) => ((stdout += String(text)), true))
  vi.spyOn(process.stderr, "write").mockImplementation((text) => ((stderr += String(text)), true))
  try {
    await createProgram().parseAsync(args, { from: "user" })
    return { code: Number(process.exitCode ?? 0), stdout, stderr }
  } catch (error) {
    return { code: report(error, (text) => (stderr += text)), stdout, stderr }
  }
}

function pathsBelow(command: Command, path: readonly string[] = []): string[][] {
  return command.commands.flatMap((child) => {
    const own = [...path, child.name()]
    return [own, ...pathsBelow(child, own)]
  })
}

describe("help", () => {
  it("of the program lists what there is, and what exit codes mean", async () => {
    const { code, stdout } = await run(["--help"])
    expect(code).toBe(0)
    expect(stdout).toMatch(/^Exit codes: 0 .* 1 .* 2 .* 3 .* 4 [^]* 5 /m)
    const named =
      "sandbox install uninstall check status workloads images release automate deautomate lock unlock canary sync diff suspend resume history query load events"
    for (const name of named.split(" ")) expect(stdout).toMatch(new RegExp(`^ {2}${name}\\b`, "m"))
  })

  it.each(pathsBelow(createProgram()).map((path) => path.join(" ")))("of `serin %s` has an example", async (path) => {
    const { code, stdout, stderr } = await run([...path.split(" "), "--help"])
    expect([code, stderr]).toEqual([0, ""])
    expect(stdout).toContain(`Usage: serin ${path}`)
    expect(stdout).toMatch(new RegExp(`^Example:\\n {2}serin ${path.split(" ")[0] ?? ""}`, "m"))
    if (!["story", "agent", "canary"].includes(path)) expect(stdout).toMatch(/-o, --output|-o json/)
  })
})

describe("a wrong command line", () => {
  const cases: [args: readonly string[], code: number, says: RegExp, env?: Record<string, string>][] = [
    [["statsu"], 2, /unknown command 'statsu'\n +Did you mean status\?\n +See `serin --help`/],
    [["canary", "bogus"], 2, /unknown command 'bogus'\n +See `serin canary --help`/],
    [["status", "-o", "xml"], 2, /xml.*table, json, yaml\.\n +See `serin status --help`/],
    [["release", "podinfo"], 2, /--tag <tag>.*\n +See `serin release --help`/],
    [["automate", "podinfo-canary", "--tag", "bogus"], 2, /'bogus'.*semver:/],
    [["canary", "set-weight", "podinfo", "101"], 2, /0 to 100/],
    [["history", "--limit", "x"], 2, /whole number from 1 up/],
    [["events", "--since", "x"], 2, /whole number from 0 up/],
    [["query", "up", "--range", "bogus"], 2, /duration, e\.g\. 15s/],
    [["load"], 2, /no URL was given\n +See `serin load --help`/],
    [["load", "-n", "4", "-c", "2", "http://127.0.0.1:1/"], 1, /^$/],
    [["install", "--git-url", "foo"], 2, /"foo" is no address of a repository\n +Write ssh:/],
    [["install", "--git-url", "https://example.com/a"], 2, /needs a user and a token\n +Give --git-username/],
    [
      ["install", "--git-url", "ssh://git@h/a", "--git-known-hosts", "/none"],
      2,
      /--git-known-hosts: .*\n +Write the file/,
    ],
    [
      ["install", "--git-url", "ssh://git@h/a"],
      2,
      /needs the git host's key\n +Write it to a file with `ssh-keyscan HOST`/,
    ],
    [
      ["install", "--git-url", "ssh://git@h/a", "--git-known-hosts", import.meta.filename],
      2,
      /holds no host key\n +Write the file with `ssh-keyscan/,
    ],
    [["install", "--git-url", "ssh://git@h/a", "--namespace", "A"], 2, /name of a namespace/],
    [
      ["install", "--git-url", "ssh://git@h/a", "--ca-bundle", import.meta.filename],
      2,
      /no certificate\n +Give a file/,
    ],
    [
      ["install", "--git-url", "ssh://git@h/a", "--https-proxy", "http://me:hunter2@proxy:3128"],
      2,
      /--https-proxy holds a login, .*\n +Leave the option out .* serin-proxy --from-literal=HTTPS_PROXY=URL(?![^]*hunter2)/,
    ],
    [["install", "--git-url", "ssh://git@h/a", "--replicas", "0"], 2, /whole number from 1 up/],
    [["sandbox", "--way", "bogus"], 2, /namespaces, preload/],
    [["sandbox", "--data-dir", "/dev/null/x"], 2, /folder .*\n +Name another with --data-dir/],
    [["agent", "--listen", "foo"], 2, /HOST:PORT/],
    [["status"], 2, /\/none: no such file\n +Name a kubeconfig/, { KUBECONFIG: "/none" }],
  ]

  it.each(cases)("%j ends with %i and says the next step", async (args, code, says, env) => {
    const ran = await run(args, env)
    expect(ran.code, ran.stderr).toBe(code)
    expect(ran.stderr).toMatch(says)
  })
})
