import { createHash } from "node:crypto"
import { execFileSync, spawnSync } from "node:child_process"
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { gzipSync } from "node:zlib"

/** HTTP on port 9898: an answer names host and process, which in a pod of its own is the first, or is the file after `/cat`. */
const server = `#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void stop(int signal) { _exit(0); }

int main(void) {
  signal(SIGTERM, stop);
  signal(SIGPIPE, SIG_IGN);
  int listener = socket(AF_INET, SOCK_STREAM, 0), yes = 1;
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(9898)};
  if (bind(listener, (struct sockaddr *)&address, sizeof address) || listen(listener, 64)) { perror("9898"); return 1; }
  puts("listening on 9898"); fflush(stdout);
  for (;;) {
    int connection = accept(listener, 0, 0);
    if (connection < 0) continue;
    char asked[4096], host[256], path[1024], body[512], answer[1024];
    size_t got = 0;
    ssize_t more;
    while (got < sizeof asked - 1 && (more = read(connection, asked + got, sizeof asked - 1 - got)) > 0) {
      asked[got += more] = 0;
      if (strstr(asked, "\\r\\n\\r\\n")) break;
    }
    gethostname(host, sizeof host);
    int length = snprintf(body, sizeof body, "%s %d\\n", host, getpid());
    if (sscanf(asked, "GET /cat%1000s", path) == 1) {
      FILE *file = fopen(path, "r");
      length = file ? (int)fread(body, 1, sizeof body - 1, file) : snprintf(body, sizeof body, "missing");
      body[length] = 0;
      if (file) fclose(file);
    }
    int size = snprintf(answer, sizeof answer,
      "HTTP/1.1 200 OK\\r\\ncontent-type: text/plain\\r\\ncontent-length: %d\\r\\nconnection: close\\r\\n\\r\\n%s", length, body);
    if (write(connection, answer, size) != size) perror("write");
    close(connection);
  }
}
`

/** What the machine lacks for a static executable that runs unmodified in pods; undefined when it lacks nothing. */
export function whatIsMissing(): string | undefined {
  if (process.platform !== "linux") return "Linux"
  const works = (command: string, ...args: string[]): boolean => spawnSync(command, args).status === 0
  if (!works("unshare", "-rn", "true")) return "user namespaces"
  if (!works("skopeo", "--version")) return "skopeo"
  if (!works("umoci", "--version")) return "umoci"
  const folder = mkdtempSync(join(tmpdir(), "serin-cc-"))
  writeFileSync(join(folder, "a.c"), "int main(void) { return 0; }\n")
  const compiles = works("cc", "-static", "-o", join(folder, "a"), join(folder, "a.c"))
  rmSync(folder, { recursive: true })
  return compiles ? undefined : "a C compiler with a static library (gcc, libc6-dev)"
}

function compile(folder: string, target: string): void {
  mkdirSync(dirname(target), { recursive: true })
  writeFileSync(join(folder, "server.c"), server)
  execFileSync("cc", ["-static", "-O1", "-o", target, join(folder, "server.c")])
}

/**
 * The same executable in an image as umoci makes them: a layer by each `repack`, of which the second removes a file and a
 * folder of the first and puts other files into them; its configuration by `umoci config`.
 */
export function writeUmociImage(folder: string, tag: string): string {
  const layout = join(folder, "umoci")
  const image = `${layout}:${tag}`
  mkdirSync(folder, { recursive: true })
  const umoci = (...args: string[]) => execFileSync("umoci", args, { stdio: "pipe" })
  const rootless = process.getuid?.() === 0 ? [] : ["--rootless"]
  umoci("init", "--layout", layout)
  umoci("new", "--image", image)
  const repack = (name: string, change: (root: string) => void): void => {
    const bundle = join(folder, name)
    umoci("unpack", ...rootless, "--image", image, bundle)
    change(join(bundle, "rootfs"))
    umoci("repack", "--image", image, bundle)
  }
  const put = (root: string, path: string, text: string): void => {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text)
  }
  repack("first", (root) => {
    compile(folder, join(root, "home/app/server"))
    put(root, "etc/greeting", "of the first layer")
    put(root, "etc/removed", "should not be seen")
    put(root, "var/data/old", "should not be seen")
    symlinkSync("greeting", join(root, "etc/link"))
  })
  repack("second", (root) => {
    put(root, "etc/greeting", "of the second layer")
    rmSync(join(root, "etc/removed"))
    rmSync(join(root, "var/data"), { recursive: true })
    put(root, "var/data/new", "in a folder made anew")
  })
  const config = ["--config.entrypoint=./server", "--config.workingdir=/home/app", "--config.exposedports=9898/tcp"]
  umoci("config", "--image", image, ...config, "--config.env=PATH=/bin", "--config.label=made-by=umoci")
  return `oci:${image}`
}

const digestOf = (bytes: Buffer): string => `sha256:${createHash("sha256").update(bytes).digest("hex")}`

/** An OCI layout below `folder` with one image `name:tag`: a static executable and nothing else, begun by a relative path. */
export function writeStaticImage(folder: string, tag: string): string {
  const root = join(folder, "root")
  const layout = join(folder, "layout")
  mkdirSync(join(layout, "blobs/sha256"), { recursive: true })
  compile(folder, join(root, "home/app/server"))
  const layer = execFileSync("tar", ["--owner=0", "--group=0", "--numeric-owner", "-C", root, "-c", "home"], {
    maxBuffer: 1 << 26,
  })
  const put = (mediaType: string, bytes: Buffer) => {
    const digest = digestOf(bytes)
    writeFileSync(join(layout, "blobs", digest.replace(":", "/")), bytes)
    return { mediaType, digest, size: bytes.length }
  }
  const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value))
  const config = put(
    "application/vnd.oci.image.config.v1+json",
    json({
      architecture: process.arch === "x64" ? "amd64" : process.arch,
      os: "linux",
      config: { Entrypoint: ["./server"], WorkingDir: "/home/app", ExposedPorts: { "9898/tcp": {} } },
      rootfs: { type: "layers", diff_ids: [digestOf(layer)] },
    }),
  )
  const manifest = put(
    "application/vnd.oci.image.manifest.v1+json",
    json({
      schemaVersion: 2,
      mediaType: "application/vnd.oci.image.manifest.v1+json",
      config,
      layers: [put("application/vnd.oci.image.layer.v1.tar+gzip", gzipSync(layer))],
    }),
  )
  const named = { ...manifest, annotations: { "org.opencontainers.image.ref.name": tag } }
  writeFileSync(join(layout, "index.json"), json({ schemaVersion: 2, manifests: [named] }))
  writeFileSync(join(layout, "oci-layout"), json({ imageLayoutVersion: "1.0.0" }))
  return `oci:${layout}:${tag}`
}
