// The engine of Prometheus 3, without a server: reads loads and queries as JSON lines and answers each with a JSON line, so
// that thousands of queries over as many data sets cost one process.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"strconv"
	"time"

	"github.com/prometheus/prometheus/model/histogram"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/value"
	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/promql/parser"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/util/teststorage"
)

// A request has one of its parts: `clear`, `load` or `query`. Times are Unix milliseconds.
type request struct {
	Clear bool     `json:"clear"`
	Load  []series `json:"load"`
	Query string   `json:"query"`
	// An instant query where there is no step.
	Start int64 `json:"start"`
	End   int64 `json:"end"`
	Step  int64 `json:"step"`
	// Behind flags of Prometheus.
	DelayedNameRemoval bool `json:"delayedNameRemoval"`
}

type response struct {
	Type     string   `json:"type"`
	Error    string   `json:"error,omitempty"`
	Parsed   bool     `json:"parsed,omitempty"`
	Series   []series `json:"series,omitempty"`
	Text     string   `json:"text,omitempty"`
	Warnings []string `json:"warnings,omitempty"`
	Infos    []string `json:"infos,omitempty"`
}

type series struct {
	Labels  map[string]string `json:"labels"`
	Samples []sample          `json:"samples"`
}

// Floats are text, for JSON has neither NaN nor infinities; a stale marker is `stale`.
type sample struct {
	Time      int64            `json:"time"`
	Float     string           `json:"float,omitempty"`
	Histogram *nativeHistogram `json:"histogram,omitempty"`
}

// A bucket is its index and its count.
type nativeHistogram struct {
	Schema        int32       `json:"schema"`
	ZeroThreshold string      `json:"zeroThreshold"`
	ZeroCount     string      `json:"zeroCount"`
	Count         string      `json:"count"`
	Sum           string      `json:"sum"`
	Positive      [][2]string `json:"positive"`
	Negative      [][2]string `json:"negative"`
	CustomBounds  []string    `json:"customBounds"`
	ResetHint     string      `json:"resetHint"`
}

var hints = map[histogram.CounterResetHint]string{
	histogram.UnknownCounterReset: "unknown",
	histogram.CounterReset:        "reset",
	histogram.NotCounterReset:     "not_reset",
	histogram.GaugeType:           "gauge",
}

func main() {
	judge := &judge{engines: map[bool]*promql.Engine{false: newEngine(false), true: newEngine(true)}}
	judge.clear()
	defer judge.storage.Close()
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(make([]byte, 1<<20), 1<<28)
	out := bufio.NewWriter(os.Stdout)
	answers := json.NewEncoder(out)
	for lines.Scan() {
		var asked request
		check(json.Unmarshal(lines.Bytes(), &asked))
		check(answers.Encode(judge.answer(asked)))
		check(out.Flush())
	}
	check(lines.Err())
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func newEngine(delayedNameRemoval bool) *promql.Engine {
	return promql.NewEngine(promql.EngineOpts{
		MaxSamples:               50_000_000,
		Timeout:                  10 * time.Second,
		EnableAtModifier:         true,
		EnableNegativeOffset:     true,
		EnableDelayedNameRemoval: delayedNameRemoval,
		NoStepSubqueryIntervalFn: func(int64) int64 { return time.Minute.Milliseconds() },
		Parser: parser.NewParser(parser.Options{
			EnableExperimentalFunctions: true,
			EnableBinopFillModifiers:    true,
			EnableUnquotedUTF8Names:     true,
		}),
	})
}

type judge struct {
	// By whether names are removed at the end of a query.
	engines map[bool]*promql.Engine
	storage *teststorage.TestStorage
}

func (j *judge) clear() {
	if j.storage != nil {
		check(j.storage.Close())
	}
	var err error
	j.storage, err = teststorage.NewWithError()
	check(err)
}

func (j *judge) answer(asked request) response {
	switch {
	case asked.Clear:
		j.clear()
		return response{Type: "done"}
	case asked.Load != nil:
		if err := j.load(asked.Load); err != nil {
			return response{Type: "error", Error: err.Error()}
		}
		return response{Type: "done"}
	default:
		return j.query(asked)
	}
}

func (j *judge) load(all []series) error {
	appender := j.storage.AppenderV2(context.Background())
	for _, one := range all {
		metric := labels.FromMap(one.Labels)
		for _, sample := range one.Samples {
			float, native, err := sample.read()
			if err == nil {
				_, err = appender.Append(0, metric, 0, sample.Time, float, nil, native, storage.AppendV2Options{})
			}
			if err != nil {
				_ = appender.Rollback()
				return fmt.Errorf("%s at %d: %w", metric, sample.Time, err)
			}
		}
	}
	return appender.Commit()
}

func (j *judge) query(asked request) response {
	engine := j.engines[asked.DelayedNameRemoval]
	ctx := context.Background()
	var query promql.Query
	var err error
	if asked.Step == 0 {
		query, err = engine.NewInstantQuery(ctx, j.storage, nil, asked.Query, time.UnixMilli(asked.Start))
	} else {
		step := time.Duration(asked.Step) * time.Millisecond
		query, err = engine.NewRangeQuery(ctx, j.storage, nil, asked.Query, time.UnixMilli(asked.Start), time.UnixMilli(asked.End), step)
	}
	if err != nil {
		return response{Type: "error", Error: err.Error()}
	}
	defer query.Close()
	result := query.Exec(ctx)
	if result.Err != nil {
		return response{Type: "error", Error: result.Err.Error(), Parsed: true}
	}
	answer := shown(result.Value)
	answer.Warnings, answer.Infos = result.Warnings.AsStrings(asked.Query, 0, 0)
	return answer
}

func shown(result parser.Value) response {
	switch result := result.(type) {
	case promql.String:
		return response{Type: "string", Text: result.V}
	case promql.Scalar:
		return response{Type: "scalar", Series: []series{{Samples: []sample{shownSample(result.T, result.V, nil)}}}}
	case promql.Vector:
		answer := response{Type: "vector"}
		for _, one := range result {
			answer.Series = append(answer.Series, series{one.Metric.Map(), []sample{shownSample(one.T, one.F, one.H)}})
		}
		return answer
	case promql.Matrix:
		answer := response{Type: "matrix"}
		for _, one := range result {
			shown := series{Labels: one.Metric.Map()}
			for _, point := range one.Floats {
				shown.Samples = append(shown.Samples, shownSample(point.T, point.F, nil))
			}
			for _, point := range one.Histograms {
				shown.Samples = append(shown.Samples, shownSample(point.T, 0, point.H))
			}
			answer.Series = append(answer.Series, shown)
		}
		return answer
	}
	panic(fmt.Sprintf("a result of type %T", result))
}

func text(value float64) string { return strconv.FormatFloat(value, 'g', -1, 64) }

func shownSample(time int64, float float64, native *histogram.FloatHistogram) sample {
	if native == nil {
		return sample{Time: time, Float: text(float)}
	}
	shown := nativeHistogram{
		Schema:        native.Schema,
		ZeroThreshold: text(native.ZeroThreshold),
		ZeroCount:     text(native.ZeroCount),
		Count:         text(native.Count),
		Sum:           text(native.Sum),
		Positive:      shownBuckets(native.PositiveSpans, native.PositiveBuckets),
		Negative:      shownBuckets(native.NegativeSpans, native.NegativeBuckets),
		CustomBounds:  []string{},
		ResetHint:     hints[native.CounterResetHint],
	}
	for _, bound := range native.CustomValues {
		shown.CustomBounds = append(shown.CustomBounds, text(bound))
	}
	return sample{Time: time, Histogram: &shown}
}

func shownBuckets(spans []histogram.Span, counts []float64) [][2]string {
	shown := [][2]string{}
	index, place := int32(0), 0
	for _, span := range spans {
		index += span.Offset
		for range span.Length {
			if counts[place] != 0 {
				shown = append(shown, [2]string{strconv.Itoa(int(index)), text(counts[place])})
			}
			index++
			place++
		}
	}
	return shown
}

func (s sample) read() (float64, *histogram.FloatHistogram, error) {
	if s.Histogram == nil {
		if s.Float == "stale" {
			return math.Float64frombits(value.StaleNaN), nil, nil
		}
		float, err := strconv.ParseFloat(s.Float, 64)
		return float, nil, err
	}
	from := s.Histogram
	numbers := [4]float64{}
	for index, written := range []string{from.ZeroThreshold, from.ZeroCount, from.Count, from.Sum} {
		number, err := strconv.ParseFloat(written, 64)
		if err != nil {
			return 0, nil, err
		}
		numbers[index] = number
	}
	native := &histogram.FloatHistogram{
		Schema:        from.Schema,
		ZeroThreshold: numbers[0],
		ZeroCount:     numbers[1],
		Count:         numbers[2],
		Sum:           numbers[3],
	}
	for hint, name := range hints {
		if name == from.ResetHint {
			native.CounterResetHint = hint
		}
	}
	for _, written := range from.CustomBounds {
		bound, err := strconv.ParseFloat(written, 64)
		if err != nil {
			return 0, nil, err
		}
		native.CustomValues = append(native.CustomValues, bound)
	}
	var err error
	if native.PositiveSpans, native.PositiveBuckets, err = readBuckets(from.Positive); err != nil {
		return 0, nil, err
	}
	native.NegativeSpans, native.NegativeBuckets, err = readBuckets(from.Negative)
	return 0, native, err
}

func readBuckets(buckets [][2]string) ([]histogram.Span, []float64, error) {
	var spans []histogram.Span
	var counts []float64
	next := 0
	for place, bucket := range buckets {
		index, err := strconv.Atoi(bucket[0])
		if err != nil {
			return nil, nil, err
		}
		count, err := strconv.ParseFloat(bucket[1], 64)
		if err != nil {
			return nil, nil, err
		}
		if place == 0 || index != next {
			spans = append(spans, histogram.Span{Offset: int32(index - next)})
		}
		spans[len(spans)-1].Length++
		counts = append(counts, count)
		next = index + 1
	}
	return spans, counts, nil
}
