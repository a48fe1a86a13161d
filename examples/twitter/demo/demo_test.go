package main

import (
	"bytes"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/dispatchframework/dispatch-events-aws/examples/demo/pipeline"
)

func TestCompareFindsWhatIsWrong(t *testing.T) {
	seen := scene(640, 512, 0.6)
	u := upload{seen: seen, tolerance: 2}
	marked := scene(640, 512, 0.6)
	draw.Draw(marked, markBox(seen.Bounds().Size()), image.White, image.Point{}, draw.Src)
	if err := compare(u, marked); err != nil {
		t.Errorf("the right one: %v", err)
	}
	spot := scene(640, 512, 0.6)
	draw.Draw(spot, spot.Rect, marked, image.Point{}, draw.Src)
	spot.Set(3, 3, color.White)
	for want, after := range map[string]image.Image{
		"no watermark":          seen,
		"outside the watermark": spot,
		"it is (512,640), not":  scene(512, 640, 0.6),
		"and all of them by":    scene(640, 512, 0.3),
	} {
		if err := compare(u, after); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
	}
}

func TestLyingPhotoIsStoredTurned(t *testing.T) {
	upright := scene(64, 96, 0.5)
	upright.Set(0, 0, color.White)
	data, err := encodeLying(upright)
	if err != nil {
		t.Fatal(err)
	}
	lying, err := jpeg.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	if lying.Bounds().Size() != image.Pt(96, 64) || !bytes.Contains(data[:40], []byte("Exif\x00\x00MM\x00*")) {
		t.Errorf("%v, %q", lying.Bounds(), data[:40])
	}
	if corner, _, _, _ := lying.At(0, 63).RGBA(); corner>>8 < 200 { // turned clockwise, it comes to the upper left
		t.Errorf("the upper left corner is not at the lower left of what is stored: %d", corner>>8)
	}
}

// TestRunsOfTheFunction has a function that answers each event in another way.
func TestRunsOfTheFunction(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		switch {
		case !strings.Contains(string(body), `"secrets":{"appKey":"k"}`):
			t.Errorf("called with %s", body)
		case strings.Contains(string(body), "CloudTrail"):
			_, _ = io.WriteString(w, `{"skipped":"posted already"}`)
		case strings.Contains(string(body), "bad"):
			w.WriteHeader(http.StatusBadRequest)
			_, _ = io.WriteString(w, `{"type":"InputError","message":"no picture"}`)
		default:
			_, _ = io.WriteString(w, `{"posted":"https://x.com/1"}`)
		}
	}))
	defer server.Close()
	f := &function{url: server.URL, secrets: map[string]string{"appKey": "k"}, print: t.Logf, changed: make(chan struct{})}
	for data, want := range map[string]string{
		`{"n":1}`: "POSTED   images/a is https://x.com/1 (S3's event)",
		`{"detail-type":"AWS API Call via CloudTrail"}`: "SKIPPED  posted already (CloudTrail's event)",
		`"bad"`: "FAILED   InputError: no picture",
		`{`:     "FAILED   write the function's input: ",
	} {
		before, changed := f.finished()
		f.start(t.Context(), pipeline.Delivery{Kind: "rejected", Data: data})
		f.start(t.Context(), pipeline.Delivery{Kind: "event", Subject: "images/a", Data: data})
		<-changed
		runs, _ := f.finished()
		if len(runs) != len(before)+1 || !strings.HasPrefix(runs[len(before)].String(), want) {
			t.Errorf("%s: %v", data, runs)
		}
	}
}
