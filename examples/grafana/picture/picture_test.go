package main

import (
	"bytes"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// The page draws the real dashboard, with a line that has a gap, a number, and panels without an answer.
func TestPageIsDrawn(t *testing.T) {
	if _, err := exec.LookPath("chromium"); err != nil {
		t.Skip("chromium is not on the PATH")
	}
	board, err := readDashboard("../dashboard.json")
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now().Unix()
	a := &answers{From: now - 300, To: now, Targets: map[int][][]series{}}
	for i, p := range board.Panels {
		if i%3 == 0 {
			continue
		}
		for range p.Targets {
			line := series{Metric: map[string]string{"fate": "<delivered>"}, Value: [2]any{now, "0.5"}, Values: [][2]any{{now - 300, "0"}, {now - 298, "2.5"}, {now - 100, "NaN"}, {now, "7e3"}}}
			a.Targets[p.ID] = append(a.Targets[p.ID], []series{line})
		}
	}
	for _, p := range board.Panels {
		for len(a.Targets[p.ID]) < len(p.Targets) {
			a.Targets[p.ID] = append(a.Targets[p.ID], []series{})
		}
	}
	dir := t.TempDir()
	page, out := filepath.Join(dir, "page.html"), filepath.Join(dir, "out.png")
	if err := writePage(page, board, a); err != nil {
		t.Fatal(err)
	}
	if err := photograph(t.Context(), page, out, dir, board.height()); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	drawn, err := png.Decode(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	if size := drawn.Bounds().Size(); size.X != width || size.Y != board.height() {
		t.Errorf("the picture is %v", size)
	}
	// In the last panel's corner there is the panel's ground, not the page's: all panels before it were drawn.
	if r, g, b, _ := drawn.At(width-20, board.height()-20).RGBA(); r>>8 != 0x18 || g>>8 != 0x1c || b>>8 != 0x23 {
		t.Errorf("the last corner is #%02x%02x%02x", r>>8, g>>8, b>>8)
	}
}

func TestSubstitute(t *testing.T) {
	if got := substitute(`rate(x{job=~"$job",instance=~"$instance"}[$__rate_interval])`); got != `rate(x{job=~".*",instance=~".*"}[12s])` {
		t.Error(got)
	}
}
