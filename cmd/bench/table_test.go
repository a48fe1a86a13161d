package main

import (
	"math"
	"testing"
)

// rounds makes a result whose rounds have these figures for CPU.
func rounds(our, baseline []float64) *result {
	r := &result{}
	for _, f := range our {
		r.ours = append(r.ours, sample{cpu: f})
	}
	for _, f := range baseline {
		r.baseline = append(r.baseline, sample{cpu: f})
	}
	return r
}

func TestMedian(t *testing.T) {
	for _, c := range []struct {
		of   []float64
		want float64
	}{
		{[]float64{3}, 3},
		{[]float64{9, 1, 5}, 5},
		{[]float64{4, 1, 3, 2}, 2.5},
		{[]float64{1, 1000, 2, 3, 1000}, 3},
	} {
		if got := median(rounds(c.of, nil).ours)[cpu]; got != c.want {
			t.Errorf("median of %v is %v, want %v", c.of, got, c.want)
		}
	}
	if got := median(rounds([]float64{missing, missing}, nil).ours)[cpu]; !math.IsNaN(got) {
		t.Errorf("nothing has the median %v", got)
	}
}

func TestPercentile(t *testing.T) {
	hundred := make([]float64, 100)
	for i := range hundred {
		hundred[i] = float64(i + 1)
	}
	for _, c := range []struct {
		of   []float64
		p    float64
		want float64
	}{
		{hundred, 50, 50.5},
		{hundred, 99, 99.01},
		{hundred, 100, 100},
		{hundred[:3], 50, 2},
		{hundred[:3], 75, 2.5},
		{hundred[:1], 50, 1},
	} {
		if got := percentile(c.of, c.p); math.Abs(got-c.want) > 1e-9 {
			t.Errorf("%v %% of %d values is %v, want %v", c.p, len(c.of), got, c.want)
		}
	}
}

func TestRatioIsTakenWithinARound(t *testing.T) {
	// The machine was twice as slow in the second round, for both: the medians alone would say 2.
	r := rounds([]float64{10, 40, 10}, []float64{10, 20, 5})
	if _, _, ratio, _ := r.medians(); ratio[cpu] != 2 {
		t.Errorf("ratio %v", ratio[cpu])
	}
	r = rounds([]float64{10, 30, 90}, []float64{10, 20, 60})
	if _, _, ratio, added := r.medians(); ratio[cpu] != 1.5 || added[cpu] != 10 {
		t.Errorf("ratio %v, difference %v", ratio[cpu], added[cpu])
	}
}
