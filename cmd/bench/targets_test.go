package main

import (
	"strings"
	"testing"
)

// good is a result that meets every target of its case.
func good(m benchCase) *result {
	baseline := sample{
		perSecond: 10_000, cpu: 40, peak: 20, beyondHeld: 19, calls: 200, connections: 8, p50: 1, p99: 5,
	}
	ours := baseline
	ours[cpu], ours[perSecond] = 50, 8_000
	return &result{benchCase: m, ours: []sample{ours, ours, ours}, baseline: []sample{baseline, baseline, baseline}}
}

func allGood() []*result {
	var all []*result
	for _, m := range cases {
		all = append(all, good(m))
	}
	return all
}

func TestTargetsMet(t *testing.T) {
	if err := missed(allGood()); err != nil {
		t.Error(err)
	}
}

func TestTargetsMissedAreNamed(t *testing.T) {
	for _, c := range []struct {
		benchCase string
		harm      func(*sample)
		want      string // empty: one bad figure is no miss in this case
	}{
		{"dispatch 0.7 kB", func(s *sample) { s[cpu] = 55 }, "1.38 × the baseline's; the target is at most 1.35"},
		{"sidecar 0.7 kB", func(s *sample) { s[cpu] = 55 }, ""},
		{"sidecar 0.7 kB", func(s *sample) { s[cpu] = 61 }, "1.52 × the baseline's; the target is at most 1.50"},
		{"batch 10 kB", func(s *sample) { s[perSecond] = 7_400 }, "0.74 × the baseline's; the target is at least 0.75"},
		{"dispatch 0.7 kB, 20 ms", func(s *sample) { s[perSecond] = 7_400 }, ""},
		{"dispatch 0.7 kB, 20 ms", func(s *sample) { s[perSecond] = 6_900 }, "at least 0.70"},
		{"dispatch 0.7 kB", func(s *sample) { s[calls] = 201.5 }, "SQS calls: 201.50 per 1,000"},
		{"dispatch 0.7 kB, answers 8 kB", func(s *sample) { s[connections] = 1011 }, "connections: 1011.00"},
		{"dispatch 200 kB", func(s *sample) { s[beyondHeld] = 36 }, "peak memory: 36.00 MiB beyond"},
		{"dispatch 200 kB", func(s *sample) { s[beyondHeld] = 34 }, ""},
		{"structured 0.7 kB, 20 ms, TLS", func(s *sample) { s[perSecond] = 7_400 }, "at least 0.75"},
		{"structured 0.7 kB, 20 ms, HTTP/2", func(s *sample) { s[beyondHeld] = 49 }, "peak memory: 49.00 MiB beyond"},
		{"structured 0.7 kB, 20 ms, HTTP/2", func(s *sample) { s[beyondHeld] = 39 }, ""},
		{"structured 0.7 kB, SQS TLS, TLS", func(s *sample) { s[cpu] = 55 }, "at most 1.35"},
		{"dispatch 0.7 kB, 300/s", func(s *sample) { s[p99] = 8.5 }, "p99: 3.50 ms more"},
		{"dispatch 0.7 kB, 300/s", func(s *sample) { s[calls] = 1_000 }, ""},
		{"dispatch 0.7 kB, 300/s, linger", func(s *sample) { s[calls] = 241 }, "at most 240.00"},
		{"dispatch 0.7 kB, 300/s, linger", func(s *sample) { s[p99] = 131 }, "at most 130.00"},
		{"dispatch 0.7 kB", func(s *sample) { s[cpu] = missing }, "CPU per event: –"},
	} {
		all := allGood()
		found := false
		for i := range all {
			if all[i].benchCase.name == c.benchCase {
				found = true
				for j := range all[i].ours {
					c.harm(&all[i].ours[j])
				}
			}
		}
		err := missed(all)
		switch {
		case !found:
			t.Errorf("no case is named %s", c.benchCase)
		case c.want == "" && err != nil:
			t.Error(err)
		case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)):
			t.Errorf("%s: want %q, got %v", c.benchCase, c.want, err)
		}
	}
}

func TestOneBadRoundIsNoMiss(t *testing.T) {
	all := allGood()
	all[0].ours[1][cpu] = 500
	if err := missed(all); err != nil {
		t.Error(err)
	}
}

func TestTable(t *testing.T) {
	all := allGood()
	all[0].ours[0][perSecond], all[0].ours[1][perSecond] = 12_345, 12_345
	var b strings.Builder
	if err := writeTable(&b, all, 3); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(b.String(), "\n")
	for i := 1; i <= len(all); i++ {
		if len([]rune(lines[i])) != len([]rune(lines[0])) {
			t.Errorf("%q is not as wide as the heading", lines[i])
		}
	}
	if !strings.Contains(lines[1], "  12345  10000   1.23  ") || !strings.Contains(b.String(), "Medians of 3 rounds") {
		t.Error(b.String())
	}
}
