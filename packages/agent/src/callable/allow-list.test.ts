import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { AllowList, unreadableEntries } from "./allow-list.ts"

/** `ok`, or why not. */
function verdict(list: string, host: string, address = host, port = 443): string {
  const judged = new AllowList(list).judge({ host, port }, address)
  return judged.ok ? "ok" : judged.why
}

describe("nothing is called that no entry names", () => {
  test.each([
    ["", "hooks.example.com", "no entry names it"],
    ["hooks.example.com", "hooks.example.com", "ok"],
    ["hooks.example.com", "HOOKS.example.com.", "ok"],
    ["hooks.example.com", "other.example.com", "no entry names it"],
    ["hooks.example.com", "hooks.example.com.evil.org", "no entry names it"],
    ["*.example.com", "hooks.example.com", "ok"],
    ["*.example.com", "a.b.example.com", "ok"],
    ["*.example.com", "example.com", "no entry names it"],
    ["*.example.com", "evilexample.com", "no entry names it"],
    ["a.org, hooks.example.com\nb.org", "hooks.example.com", "ok"],
    ["https://hooks.example.com", "hooks.example.com", "no entry names it"],
  ])("%j: %s is %s", (list, host, expected) => {
    expect(verdict(list, host, "203.0.113.7")).toBe(expected)
  })

  test("a port holds for that port, none for all", () => {
    expect(verdict("a.org:8443", "a.org", "203.0.113.7", 8443)).toBe("ok")
    expect(verdict("a.org:8443", "a.org", "203.0.113.7", 443)).toBe("no entry names it")
    expect(verdict("a.org", "a.org", "203.0.113.7", 9)).toBe("ok")
    expect(verdict("[2001:db8::1]:8443", "2001:db8::1", "2001:db8::1", 8443)).toBe("ok")
    expect(verdict("[2001:db8::/32]:8443", "2001:db8::1", "2001:db8::1", 443)).toBe("no entry names it")
    expect(verdict("10.0.0.0/8:80", "10.1.2.3", "10.1.2.3", 80)).toBe("ok")
  })

  test("a range names what is in it, by its address or by any name that leads there", () => {
    expect(verdict("10.20.0.0/16", "10.20.3.4")).toBe("ok")
    expect(verdict("10.20.0.0/16", "10.21.3.4")).toBe("no entry names it")
    expect(verdict("10.20.0.0/16", "gate.internal", "10.20.3.4")).toBe("ok")
    expect(verdict("10.20.0.0/15", "10.21.255.255")).toBe("ok")
    expect(verdict("fd00::/8", "fd12::1")).toBe("ok")
    expect(verdict("10.0.0.0/8", "::ffff:10.1.1.1")).toBe("ok")
    // What is IPv4 in one notation is no IPv6 in the other.
    expect(verdict("::/0", "10.1.1.1")).toBe("no entry names it")
  })
})

describe("some addresses are never called, whatever the list and whatever they are called by", () => {
  const everything =
    "0.0.0.0/0 ::/0 169.254.0.0/16 fe80::/10 *.example.com metadata.example.com 169.254.169.254 224.0.0.0/4"
  test.each([
    ["169.254.169.254", "a link-local address"],
    ["::ffff:169.254.169.254", "a link-local address"],
    ["::ffff:a9fe:a9fe", "a link-local address"],
    ["64:ff9b::169.254.169.254", "a link-local address"],
    ["2002:a9fe:a9fe::1", "a link-local address"],
    ["::169.254.169.254", "a link-local address"],
    ["fe80::1", "a link-local address"],
    ["febf:ffff::1", "a link-local address"],
    ["fe80::1%eth0", "a link-local address"],
    ["0.0.0.0", "an unspecified address"],
    ["0.1.2.3", "an unspecified address"],
    ["::", "an unspecified address"],
    ["::ffff:0.0.0.0", "an unspecified address"],
    ["224.0.0.1", "a multicast address"],
    ["239.255.255.255", "a multicast address"],
    ["ff02::1", "a multicast address"],
    ["255.255.255.255", "a reserved address"],
  ])("%s is %s", (address, why) => {
    expect(verdict(everything, "metadata.example.com", address)).toBe(`${address} is ${why}`)
    expect(verdict(everything, address)).toBe(`${address} is ${why}`)
  })

  test.each(["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1", "64:ff9b::7f00:1"])(
    "%s is a loopback address, which neither a name nor a wider range names",
    (address) => {
      const list = "localhost 0.0.0.0/0 ::/0 126.0.0.0/7 ::/64"
      expect(verdict(list, "localhost", address)).toBe(`${address} is a loopback address`)
    },
  )

  test("a loopback address is called where the list names it as such", () => {
    expect(verdict("127.0.0.1:8080", "localhost", "127.0.0.1", 8080)).toBe("ok")
    expect(verdict("127.0.0.1:8080", "localhost", "127.0.0.1", 8081)).toBe("127.0.0.1 is a loopback address")
    expect(verdict("127.0.0.0/8", "127.0.0.1", "::ffff:127.0.0.1")).toBe("ok")
    expect(verdict("[::1]:8080", "::1", "::1", 8080)).toBe("ok")
    expect(verdict("::1", "localhost", "::1")).toBe("ok")
  })

  test("no list opens the way to any address of these ranges, in any notation", () => {
    const part = fc.integer({ min: 0, max: 255 })
    const link = fc.tuple(part, part).map(([a, b]) => [169, 254, a, b] as const)
    const group = fc.tuple(part, part).map(([a, b]) => [224 + (a % 32), a, b, 1] as const)
    fc.assert(
      fc.property(fc.oneof(link, group), (bytes) => {
        const dotted = bytes.join(".")
        const hex = bytes.map((byte) => byte.toString(16).padStart(2, "0")).join("")
        const groups = `${hex.slice(0, 4)}:${hex.slice(4)}`
        for (const address of [
          dotted,
          `::ffff:${dotted}`,
          `::ffff:${groups}`,
          `64:ff9b::${groups}`,
          `2002:${groups}::`,
        ])
          expect(verdict(`0.0.0.0/0 ::/0 ${dotted} a.org`, "a.org", address)).not.toBe("ok")
      }),
    )
  })
})

test.each([
  ["hooks.example.com *.example.com:8443 10.0.0.0/8 10.1.1.1:80 [fd00::1]:80 fd00::/8 localhost _a.b", []],
  ["https://a.org", ["https://a.org"]],
  ["a.org/path", ["a.org/path"]],
  ["*", ["*"]],
  ["a.*.org *a.org", ["a.*.org", "*a.org"]],
  ["10.0.0.0/33 1.2.3 999.1.1.1 a.org:0 a.org:70000", ["10.0.0.0/33", "1.2.3", "999.1.1.1", "a.org:0", "a.org:70000"]],
  ["::ffff:10.0.0.0/104 fe80::1%eth0", ["::ffff:10.0.0.0/104", "fe80::1%eth0"]],
])("of %j does not read: %j", (text, unreadable) => {
  expect(unreadableEntries(text)).toEqual(unreadable)
})
