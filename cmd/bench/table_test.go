package main

import "testing"

func figures(numbers ...float64) []figure {
	out := make([]figure, len(numbers))
	for i, n := range numbers {
		out[i] = figure(n)
	}
	return out
}

func TestMedian(t *testing.T) {
	for _, c := range []struct {
		of   []figure
		want figure
	}{
		{figures(3), 3},
		{figures(9, 1, 5), 5},
		{figures(4, 1, 3, 2), 2.5},
		{figures(1, 1000, 2, 3, 1000), 3},
		{append(figures(7, 5), missing, 6), 6},
	} {
		if got := median(c.of); got != c.want {
			t.Errorf("median of %v is %v, want %v", c.of, got, c.want)
		}
	}
	if median(nil).is() || median([]figure{missing}).is() {
		t.Error("nothing has a median")
	}
	if unsorted := figures(3, 1, 2); median(unsorted) != 2 || unsorted[0] != 3 {
		t.Error("median changes what it is given")
	}
}

func TestPercentile(t *testing.T) {
	hundred := make([]figure, 100)
	for i := range hundred {
		hundred[i] = figure(i + 1)
	}
	for _, c := range []struct {
		of   []figure
		p    float64
		want figure
	}{
		{hundred, 50, 50},
		{hundred, 99, 99},
		{hundred, 100, 100},
		{hundred[:3], 50, 2},
		{hundred[:3], 99, 3},
		{hundred[:1], 50, 1},
	} {
		if got := percentile(c.of, c.p); got != c.want {
			t.Errorf("%v %% of %d values is %v, want %v", c.p, len(c.of), got, c.want)
		}
	}
}

// rounds makes a result whose rounds have these figures for CPU.
func rounds(ours, floor []figure) *result {
	r := &result{}
	for _, f := range ours {
		r.ours = append(r.ours, sample{cpu: f})
	}
	for _, f := range floor {
		r.floor = append(r.floor, sample{cpu: f})
	}
	return r
}

func TestRatioIsTakenWithinARound(t *testing.T) {
	// The machine was twice as slow in the second round, for both: the medians alone would say 2.
	r := rounds(figures(10, 40, 10), figures(10, 20, 5))
	if got := r.ratio(cpu); got != 2 {
		t.Errorf("ratio %v", got)
	}
	r = rounds(figures(10, 30, 90), figures(10, 20, 60))
	if got := r.ratio(cpu); got != 1.5 {
		t.Errorf("ratio %v", got)
	}
	if got := r.difference(cpu); got != 10 {
		t.Errorf("difference %v", got)
	}
}

func TestRatioToNothing(t *testing.T) {
	if r := rounds(figures(1), figures(0)); r.ratio(cpu).is() {
		t.Error("a ratio to 0")
	}
	if r := rounds(figures(1, 2), []figure{missing, 1}); r.ratio(cpu) != 2 {
		t.Error("a round without a figure counts")
	}
}
