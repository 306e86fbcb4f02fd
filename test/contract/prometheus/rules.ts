interface Rule {
  readonly record?: string
  readonly alert?: string
  readonly expr: string
  readonly for?: string
  readonly keep_firing_for?: string
  readonly labels?: Readonly<Record<string, string>>
  readonly annotations?: Readonly<Record<string, string>>
}

interface Group {
  readonly limit?: number
  readonly rules: readonly Rule[]
}

/** Texts of annotations, each of which a case compares by its number. */
const templates = [
  "{{ $labels.way }} at {{ $value }}",
  "{{ .Labels.way }} at {{ .Value }}",
  "{{ $labels.nothing }}|{{ $externalLabels.nothing }}|",
  "{{ $value | humanize }} {{ $value | humanize1024 }} {{ $value | humanizePercentage }} {{ $value | humanizeDuration }}",
  '{{ printf "%.2f|%8.1f|%-4s|%q|%v|%d" $value $value "a" "b" true 7 }}',
  "{{ if gt $value 1000.0 }}much{{ else if gt $value 10.0 }}some{{ else }}little{{ end }}",
  '{{ if and (eq $labels.way "web") (not (eq $labels.paid "no")) }}yes{{ end }}',
  "{{ range $name, $value := .Labels }}{{ $name }}={{ $value }};{{ end }}",
  '{{ with query "templates_other" }}{{ . | first | value | humanize }}{{ end }}',
  '{{ range query "templates_other" | sortByLabel "is" }}{{ .Labels.is }}:{{ .Value }} {{ end }}',
  '{{ query "no_such_series" | first | value }}',
  '{{ with query "no_such_series" }}some{{ else }}none{{ end }}',
  '{{ "10.1.2.3:80" | stripPort }} {{ "a.b.c:80" | stripDomain }} {{ toUpper "up" }} {{ title "two words" }}',
  '{{ reReplaceAll "(.*)b" "$1!" "aab" }} {{ match "a+" "caat" }}',
  '{{ $x := "kept" }}{{ $x }} {{ len "four" }} {{ index .Labels "way" }}',
  "{{ len 5 }}",
  '{{ "1700000000" | toTime }} {{ humanizeTimestamp 1700000000.5 }} {{ parseDuration "1h30m" }}',
  '{{ 1000000.0 }} {{ 123456789.0 }} {{ 0.00001 }} {{ 3 }} {{ "text" }} {{ true }}',
]

const groups: Readonly<Record<string, Group>> = {
  recorded: {
    rules: [
      { record: "recorded:twice", expr: 'recorded_total{job="recorded"} * 2', labels: { kind: "twice", paid: "" } },
      { record: "recorded:sum", expr: "sum by (kind) (recorded:twice)" },
      { record: "recorded:scalar", expr: "42" },
    ],
  },
  "recorded-no-more": {
    rules: [{ record: "recorded_no_more:copy", expr: 'comes_and_goes{job="recorded-no-more"}' }],
  },
  firing: {
    rules: [
      {
        alert: "Firing",
        expr: 'firing{job="firing"} > 1',
        labels: { severity: "page", of: "{{ $labels.way }}" },
        annotations: { summary: "{{ $labels.way }} is {{ $value }}" },
      },
    ],
  },
  pending: { rules: [{ alert: "Pending", expr: 'waiting{job="pending"}', for: "1h" }] },
  "kept-firing": { rules: [{ alert: "KeptFiring", expr: 'kept{job="kept-firing"}', keep_firing_for: "1h" }] },
  templates: {
    rules: [
      {
        alert: "Templates",
        expr: 'templates{job="templates"}',
        annotations: Object.fromEntries(templates.map((text, index) => [`a${String(index).padStart(2, "0")}`, text])),
      },
    ],
  },
  "rules-that-fail": {
    limit: 1,
    rules: [
      { record: "fails:same", expr: 'failing{job="rules-that-fail"}', labels: { way: "" } },
      { record: "fails:limit", expr: 'failing{job="rules-that-fail"}' },
      { alert: "FailsByLimit", expr: 'failing{job="rules-that-fail"}' },
      { alert: "FailsBySame", expr: 'failing{job="rules-that-fail"}', labels: { way: "same" } },
      { record: "fails:matching", expr: 'label_replace(failing{job="rules-that-fail"}, "a", "b", "way", "(")' },
      { record: "fails:not", expr: "vector(1)" },
    ],
  },
  "rules-that-are-listed": {
    rules: [
      { record: "listed:one", expr: "1 +  1" },
      { record: "listed:two", expr: "sum(rate(no_such_series[5m]))by(app)", labels: { z: "last", a: "first" } },
      { alert: "Listed", expr: "vector(0) > 1", for: "5m", labels: { severity: "page" }, annotations: { b: "c" } },
    ],
  },
}

/** A file of rules, a group for each of the cases about rules. JSON is YAML. */
export const rules = JSON.stringify({
  groups: Object.entries(groups).map(([name, group]) => ({ name, interval: "200ms", ...group })),
})
