import type { Transferred } from "./transfer.ts"

/** The text of `-w`: `%{variable}`, `%%`, and the escapes `\n`, `\r`, `\t`. Unknown variables become nothing, as in curl. */
export function writeOut(format: string, done: Transferred): string {
  const variables = variablesOf(done)
  return format.replaceAll(/%%|%\{(\w+)\}|\\([nrt\\])/g, (all, variable?: string, escape?: string) => {
    if (variable !== undefined) return variables[variable] ?? ""
    if (escape === "n") return "\n"
    if (escape === "r") return "\r"
    if (escape === "t") return "\t"
    return all.charAt(0)
  })
}

function variablesOf(done: Transferred): Readonly<Record<string, string>> {
  const seconds = (value: number): string => value.toFixed(6)
  const status = String(done.status).padStart(3, "0")
  return {
    http_code: status,
    response_code: status,
    content_type: done.contentType,
    method: done.method,
    url_effective: done.url,
    remote_ip: done.remoteIp,
    remote_port: String(done.remotePort),
    num_redirects: String(done.redirects),
    size_header: String(done.headerBytes),
    size_download: String(done.bodyBytes),
    size_upload: String(done.uploadBytes),
    time_namelookup: seconds(done.nameLookup),
    time_connect: seconds(done.connect),
    time_starttransfer: seconds(done.startTransfer),
    time_total: seconds(done.total),
    http_version: "1.1",
  }
}
