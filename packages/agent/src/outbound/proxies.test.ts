import { expect, test } from "vitest"
import { proxiesOf } from "./proxies.ts"

const environment = { HTTP_PROXY: "http://plain:3128", https_proxy: "user:p%40ss@secure:3129" }
const way = (url: string, noProxy = "") => proxiesOf({ ...environment, NO_PROXY: noProxy })(new URL(url))?.host

test("each scheme has its proxy, and loopback has none", () => {
  expect(way("http://example.org/")).toBe("plain:3128")
  expect(way("https://example.org/")).toBe("secure:3129")
  expect(proxiesOf({ HTTP_PROXY: "http://plain:3128" })(new URL("https://example.org"))).toBeUndefined()
  for (const near of ["http://localhost:5000", "http://127.0.0.2", "https://[::1]:6443"])
    expect(way(near)).toBeUndefined()
})

test.each([
  // A name, its subdomains, and what only looks like one.
  ["example.org", "https://example.org", true],
  ["example.org", "https://a.b.Example.org", true],
  ["example.org", "https://badexample.org", false],
  [".example.org", "https://a.example.org", true],
  [".example.org", "https://example.org", false],
  ["*.example.org", "https://a.example.org", true],
  ["example.org", "https://example.org.", true],
  // Ports.
  ["example.org:443", "https://example.org", true],
  ["example.org:443", "https://example.org:8443", false],
  ["example.org:8443", "https://a.example.org:8443", true],
  // Addresses and blocks of them.
  ["10.1.2.3", "https://10.1.2.3", true],
  ["10.1.2.3:80", "https://10.1.2.3", false],
  ["10.0.0.0/8", "https://10.255.0.1:6443", true],
  ["10.0.0.0/8", "https://11.0.0.1", false],
  ["fd00::/8", "https://[fd12::1]", true],
  ["[fd12::1]:443", "https://[fd12::1]", true],
  // Lists and everything.
  ["a.org, .svc ,10.0.0.0/8", "http://prometheus.monitoring.svc:9090", true],
  ["*", "https://anything", true],
  ["", "https://anything", false],
])("NO_PROXY=%s for %s: excluded is %s", (noProxy, url, excluded) => {
  expect(way(url, noProxy) === undefined).toBe(excluded)
})

test("a proxy that cannot be used is refused, and its password stays unsaid", () => {
  for (const wrong of ["socks5://user:hunter2@proxy:1080", "http://user:hunter2@:bad:", "http://user:hunter2%@proxy"]) {
    try {
      proxiesOf({ HTTPS_PROXY: wrong })
      expect.unreachable()
    } catch (error) {
      expect(error).toMatchObject({ code: "CONFIG_INVALID", message: expect.stringContaining("HTTPS_PROXY") as string })
      expect(String(error)).not.toContain("hunter2")
    }
  }
})
