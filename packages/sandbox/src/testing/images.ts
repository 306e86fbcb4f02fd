import { execFileSync } from "node:child_process"
import { copyFileSync, existsSync, mkdirSync, readdirSync, realpathSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import type { LocalImage } from "../images/index.ts"

// Unpacked images for tests of what runs them, made of what is on the machine.

const none = { entrypoint: [], cmd: [], env: [], workingDir: "/", user: "", labels: {}, exposedPorts: [] } as const

const goServer = `package main

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	host, _ := os.Hostname()
	http.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, "static %s %d", host, os.Getpid())
	})
	http.HandleFunc("/get", func(w http.ResponseWriter, r *http.Request) {
		answer, err := http.Get(r.URL.Query().Get("url"))
		if err != nil {
			http.Error(w, err.Error(), 502)
			return
		}
		io.Copy(w, answer.Body)
	})
	fmt.Println("listening")
	go http.ListenAndServe(":9898", nil)
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGTERM)
	<-stop
	fmt.Println("stopping")
}
`

/** Whether a static executable can be made here. */
export const hasGo = readdirSync("/usr/local").includes("go")

/** Nothing but a static executable, \`/server\`: HTTP on port 9898, ends on SIGTERM. */
export function staticImage(folder: string): LocalImage {
  const source = join(folder, "static-source")
  const rootfs = join(folder, "static")
  for (const path of [source, rootfs]) mkdirSync(path, { recursive: true })
  writeFileSync(join(source, "main.go"), goServer)
  execFileSync("/usr/local/go/bin/go", ["build", "-o", join(rootfs, "server"), "main.go"], {
    cwd: source,
    env: { ...process.env, CGO_ENABLED: "0", GO111MODULE: "off" },
    timeout: 110_000,
  })
  return { ref: "static:1", digest: `sha256:${"1".repeat(64)}`, rootfs, config: { ...none, entrypoint: ["/server"] } }
}

const nodeServer = `
const http = require("node:http"), os = require("node:os"), fs = require("node:fs")
const server = http.createServer((request, response) => {
  const url = new URL(request.url, "http://x")
  if (url.pathname === "/env") return response.end(JSON.stringify(process.env))
  if (url.pathname === "/file") return response.end(fs.readFileSync(url.searchParams.get("path")))
  if (url.pathname === "/get")
    return fetch(url.searchParams.get("url")).then((a) => a.text()).then((t) => response.end(t), (e) => response.writeHead(502).end(String(e.cause ?? e)))
  if (url.pathname === "/exit") return process.exit(Number(url.searchParams.get("code")))
  if (url.pathname === "/log") { console.log(url.searchParams.get("line")); return response.end() }
  response.end("node " + os.hostname() + " " + process.pid)
})
server.listen(Number(process.env.PORT ?? 9898), process.env.HOST, () => console.log("listening"))
process.on("SIGTERM", () => { console.log("stopping"); server.close(() => process.exit(0)); server.closeAllConnections() })
`

/** The running Node with its libraries, a shell, and \`/app/server.js\`: HTTP on port 9898 with more to ask than the other. */
export function nodeImage(folder: string): LocalImage {
  const rootfs = join(folder, "node")
  const put = (found: string, at: string): void => {
    if (existsSync(join(rootfs, at))) return
    mkdirSync(join(rootfs, dirname(at)), { recursive: true })
    // Never a hard link: what a test does to the image must not reach the machine's own file.
    copyFileSync(realpathSync(found), join(rootfs, at))
  }
  put(process.execPath, "/usr/local/bin/node")
  for (const [path, at] of [
    ["/bin/sh", "/bin/sh"],
    ["/bin/cat", "/bin/cat"],
    ["/bin/sleep", "/bin/sleep"],
  ] as const) {
    put(path, at)
    for (const library of librariesOf(path)) put(library, library)
  }
  for (const library of librariesOf(process.execPath)) put(library, library)
  mkdirSync(join(rootfs, "app"), { recursive: true })
  writeFileSync(join(rootfs, "app/server.js"), nodeServer)
  mkdirSync(join(rootfs, "etc"), { recursive: true })
  writeFileSync(join(rootfs, "etc/passwd"), "root:x:0:0:root:/root:/bin/sh\n")
  return {
    ref: "node:1",
    digest: `sha256:${"2".repeat(64)}`,
    rootfs,
    config: {
      ...none,
      cmd: ["node", "server.js"],
      workingDir: "/app",
      env: ["PATH=/usr/local/bin:/usr/bin:/bin", "FROM_IMAGE=yes"],
    },
  }
}

function librariesOf(path: string): readonly string[] {
  const listed = execFileSync("ldd", [path], { encoding: "utf8" })
  return [...listed.matchAll(/(?:=> )?(\/\S+) \(0x/g)].flatMap(([, library]) =>
    library === undefined ? [] : [library],
  )
}
