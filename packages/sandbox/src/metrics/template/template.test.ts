import { describe, expect, test } from "vitest"
import { execute, Fields, parse, TemplateSample } from "./index.ts"

const data = new Fields(
  {
    Labels: new Map([
      ["instance", "web-1:9100"],
      ["job", "web"],
    ]),
    Value: 0.123456789,
  },
  "struct { Labels map[string]string; Value interface {} }",
)

const world = {
  now: 1_700_000_000,
  externalUrl: "http://prometheus.example:9090/path",
  query: (text: string) => {
    if (text === "none") return []
    if (text !== "up") throw new Error("query failed")
    return ["b", "a"].map((instance, index) => new TemplateSample(new Map([["instance", instance]]), 20 + index))
  },
}

const expand = (text: string): string => execute(parse("T", text), data, world)

describe("templates of alerts, as Go's text/template and Prometheus expand them", () => {
  test.each([
    ["plain", "plain"],
    ["{{ .Value }}", "0.123456789"],
    ["{{ .Labels.nothing }}|", "|"],
    ["{{ .Labels }}", "map[instance:web-1:9100 job:web]"],
    ["{{ $x := .Labels }}{{ $x.job }}", "web"],
    ["a  {{- 1 }}  b {{- /* said to nobody */ -}}  c", "a1  bc"],
    ["{{ if gt .Value 0.1 }}big{{ else if gt .Value 0.05 }}middle{{ else }}small{{ end }}", "big"],
    ['{{ if and .Labels.job (not (eq .Labels.job "x" "y")) }}yes{{ end }}', "yes"],
    ['{{ with query "none" }}x{{ else }}y{{ end }}', "y"],
    ['{{ range query "up" }}{{ .Labels.instance }}={{ .Value }};{{ end }}', "b=20;a=21;"],
    ['{{ range $i, $s := query "up" }}{{ $i }}{{ $s.Labels.instance }}{{ end }}', "0b1a"],
    ['{{ range query "up" }}{{ if eq .Value 21.0 }}{{ break }}{{ end }}{{ .Value }}{{ end }}', "20"],
    ['{{ query "up" | sortByLabel "instance" | first | label "instance" }}', "a"],
    ['{{ (query "up" | first).Labels.instance }}', "b"],
    ['{{ define "t" }}[{{ . }}]{{ end }}{{ template "t" .Labels.job }}', "[web]"],
    ['{{ $x := "a" }}{{ if true }}{{ $x = "b" }}{{ end }}{{ $x }}', "b"],
    [
      "{{ 1000000.0 }} {{ 100000.0 }} {{ 0.0001 }} {{ 0.00001 }} {{ 1e3 }} {{ 0x1F }}",
      "1e+06 100000 0.0001 1e-05 1000 31",
    ],
    ['{{ printf "%.2f|%5.1f|%-4s|%04d|%v|%q|%%" .Value 3.14 "a" 7 true "q" }}', '0.12|  3.1|a   |0007|true|"q"|%'],
    ['{{ printf "%d %s" 1.5 }}', "%!d(float64=1.5) %!s(MISSING)"],
    ['{{ printf "%.0f %.1f" 0.5 0.25 }}', "0 0.2"],
    ["{{ humanize 1234567.0 }} {{ humanize 0.00012 }} {{ humanize 999.96 }} {{ humanize 0 }}", "1.235M 120u 1000 0"],
    ["{{ humanize1024 1048576.0 }} {{ humanize1024 -5000 }}", "1Mi -4.883ki"],
    [
      "{{ humanizeDuration 90061 }} {{ humanizeDuration 61 }} {{ humanizeDuration 1.5 }} {{ humanizeDuration 0.0123 }}",
      "1d 1h 1m 1s 1m 1s 1.5s 12.3ms",
    ],
    ["{{ .Value | humanizePercentage }}", "12.35%"],
    ["{{ humanizeTimestamp 1700000000.5 }}", "2023-11-14 22:13:20.5 +0000 UTC"],
    ['{{ toDuration 5400 }} {{ parseDuration "1h30m" }} {{ now }}', "1h30m0s 5400 1.7e+09"],
    ['{{ reReplaceAll "(.*):.*" "$1" .Labels.instance }} {{ match "^web" .Labels.instance }}', "web-1 true"],
    ['{{ stripPort "[::1]:90" }} {{ stripDomain "a.b.c:90" }} {{ stripDomain "1.2.3.4:90" }}', "::1 a:90 1.2.3.4:90"],
    ['{{ title "hello world" }} {{ toUpper "a" }} {{ toLower "A" }}', "Hello World A a"],
    ['{{ graphLink "a + b" }} {{ pathPrefix }}', "/graph?g0.expr=a+%2B+b&g0.tab=0 /path"],
    ['{{ len .Labels }} {{ index .Labels "job" }} {{ slice "abcdef" 1 3 }}', "2 web bc"],
  ])("%s", (text, expected) => {
    expect(expand(text)).toBe(expected)
  })

  test.each([
    ["{{ nothing 1 }}", 'template: T:1: function "nothing" not defined'],
    ["a\n{{ $x }}", 'template: T:2: undefined variable "$x"'],
    ["{{ .Value", "template: T:1: unclosed action"],
    ['{{ "a }}', "template: T:1: unterminated quoted string"],
    ["{{ if true }}x", "template: T:1: unexpected EOF"],
    ["{{ end }}", "template: T:1: unexpected {{end}}"],
    ["{{ }}", "template: T:1: missing value for command"],
    ["{{ (1 }}", "template: T:1: unclosed left paren"],
    ["{{ 1 | 2 }}", "template: T:1: non executable command in pipeline stage 2"],
    ["{{ break }}", "template: T:1: {{break}} outside {{range}}"],
  ])("%s does not parse", (text, message) => {
    expect(() => parse("T", text)).toThrow(message)
  })

  test.each([
    [
      "a\n{{ .Foo }}",
      'template: T:2:3: executing "T" at <.Foo>: can\'t evaluate field Foo in type struct { Labels map[string]string; Value interface {} }',
    ],
    [
      '{{ query "none" | first }}',
      'template: T:1:18: executing "T" at <first>: error calling first: first() called on vector with no elements',
    ],
    ['{{ query "bad" }}', 'template: T:1:3: executing "T" at <query "bad">: error calling query: query failed'],
    [
      "{{ gt .Value 1 }}",
      'template: T:1:3: executing "T" at <gt .Value 1>: error calling gt: incompatible types for comparison: float64 and int',
    ],
    ["{{ humanize }}", 'template: T:1:3: executing "T" at <humanize>: wrong number of args for humanize: want 1 got 0'],
    ['{{ template "none" }}', 'template: T:1:12: executing "T" at <{{template "none"}}>: template "none" not defined'],
  ])("%s parses and fails", (text, message) => {
    expect(() => expand(text)).toThrow(message)
  })
})
