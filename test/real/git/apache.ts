import { createHash } from "node:crypto"
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { users } from "../../contract/githost/target.ts"
import { freePorts, startDaemon, untilReady, type Daemon } from "../daemon.ts"

const modules = "/usr/lib/apache2/modules"

/** Who Apache's workers are when root starts them; they refuse to be root. */
export const workers = "www-data"

/**
 * `git http-backend` in Apache, configured as git-http-backend(1), "EXAMPLES", says: names and passwords for all, and
 * pushing only for some.
 */
export async function startApache(folder: string, repositories: string): Promise<{ url: string; daemon: Daemon }> {
  const [port = 0] = await freePorts(1)
  const passwords = join(folder, "passwords")
  const { writer, reader } = users
  writeFileSync(passwords, [writer, reader].map(({ name, password }) => `${name}:${hashed(password)}\n`).join(""))
  const file = join(folder, "apache.conf")
  const loaded = ["alias", "auth_basic", "authn_core", "authn_file", "authz_core", "authz_user", "cgi", "env"]
  writeFileSync(
    file,
    [
      `ServerRoot "${folder}"`,
      "ServerName 127.0.0.1",
      `Listen 127.0.0.1:${String(port)}`,
      `PidFile "${join(folder, "apache.pid")}"`,
      `DefaultRuntimeDir "${folder}"`,
      `ErrorLog "${join(folder, "apache-errors.log")}"`,
      `LoadModule mpm_prefork_module ${modules}/mod_mpm_prefork.so`,
      ...loaded.map((name) => `LoadModule ${name}_module ${modules}/mod_${name}.so`),
      ...(process.getuid?.() === 0 ? [`User ${workers}`, `Group ${workers}`] : []),
      `SetEnv GIT_PROJECT_ROOT "${repositories}"`,
      "SetEnv GIT_HTTP_EXPORT_ALL",
      "SetEnv GIT_CONFIG_NOSYSTEM 1",
      "SetEnv GIT_CONFIG_GLOBAL /dev/null",
      'ScriptAlias "/" "/usr/lib/git-core/git-http-backend/"',
      '<Location "/">',
      "  AuthType Basic",
      '  AuthName "git"',
      `  AuthUserFile "${passwords}"`,
      // Who is known and may not push gets 403 rather than 401.
      "  AuthzSendForbiddenOnFailure On",
      "  <RequireAll>",
      "    Require valid-user",
      "    <RequireAny>",
      `      Require user ${writer.name}`,
      '      Require expr "%{QUERY_STRING} !~ /service=git-receive-pack/ && %{REQUEST_URI} !~ m#/git-receive-pack$#"',
      "    </RequireAny>",
      "  </RequireAll>",
      "</Location>",
      "",
    ].join("\n"),
  )
  // In a session of its own: Apache ends by a signal to its whole process group.
  const daemon = startDaemon("apache2", "/usr/sbin/apache2", ["-f", file, "-DNO_DETACH"], join(folder, "apache.log"))
  // Its workers outlive it where a crash of the test run leaves no time to stop it: they are of its process group.
  process.once("exit", () => {
    if (daemon.exited() === undefined) process.kill(-daemon.pid, "SIGKILL")
  })
  const url = `http://127.0.0.1:${String(port)}`
  await untilReady(daemon, () => answers(url), 20_000)
  return { url, daemon }
}

/** Of htpasswd's forms the one that needs no other program. */
const hashed = (password: string): string => `{SHA}${createHash("sha1").update(password).digest("base64")}`

async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(url, { signal: AbortSignal.timeout(2_000) })).status === 401
  } catch {
    // Not up yet; the caller asks again until its deadline.
    return false
  }
}
