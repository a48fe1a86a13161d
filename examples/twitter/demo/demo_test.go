package main

import (
	"image"
	"image/color"
	"image/draw"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"github.com/dispatchframework/dispatch-events-aws/examples/demo/pipeline"
)

// TestMain runs the tests where make runs the demo: at the top of the project.
func TestMain(m *testing.M) {
	if err := os.Chdir("../../.."); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}

func TestCompareFindsWhatIsWrong(t *testing.T) {
	seen := image.NewNRGBA(image.Rect(0, 0, 640, 512))
	draw.Draw(seen, seen.Rect, image.NewUniform(color.NRGBA{R: 30, G: 60, B: 110, A: 255}), image.Point{}, draw.Src)
	changed := func(where image.Rectangle) image.Image {
		m := image.NewNRGBA(seen.Rect)
		draw.Draw(m, m.Rect, seen, image.Point{}, draw.Src)
		draw.Draw(m, where, image.White, image.Point{}, draw.Src)
		return m
	}
	mark := image.Rect(496, 368, 624, 496)
	if err := compare(seen, changed(mark)); err != nil {
		t.Errorf("the right one: %v", err)
	}
	for want, after := range map[string]image.Image{
		"no watermark":          seen,
		"outside the watermark": changed(mark.Inset(-16)),
		"it is (512,640), not":  image.NewNRGBA(image.Rect(0, 0, 512, 640)),
	} {
		if err := compare(seen, after); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
	}
}

// TestPictures looks at what is put: the phone's picture is stored lying, and is seen upright.
func TestPictures(t *testing.T) {
	for _, p := range pictures {
		seen, err := p.seen()
		if (err != nil) != p.isNone {
			t.Errorf("%s: %v", p.file, err)
		}
		if p.isLying && seen.Bounds().Size() != image.Pt(512, 640) {
			t.Errorf("%s is seen as %v", p.file, seen.Bounds())
		}
		if p.isLying { // the sky is above the sea
			if r, _, _, _ := seen.At(1, 1).RGBA(); r>>8 < 100 {
				t.Errorf("%s is seen upside down", p.file)
			}
		}
	}
}

// TestRunsOfTheFunction has a function that answers each event in another way.
func TestRunsOfTheFunction(t *testing.T) {
	function := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		switch {
		case !strings.Contains(string(body), `"appKey":`) || !strings.Contains(string(body), `"aws_access_key_id":`):
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
	defer function.Close()
	d := &demo{function: function.URL}
	for data, want := range map[string]string{
		`{"n":1}`: "POSTED   images/a is https://x.com/1 (S3's event)",
		`{"detail-type":"AWS API Call via CloudTrail"}`: "SKIPPED  posted already (CloudTrail's event)",
		`"bad"`: "FAILED   InputError: no picture",
	} {
		r, err := d.call(t.Context(), pipeline.Delivery{Kind: "event", Subject: "images/a", Data: data})
		if err != nil || r.String() != want {
			t.Errorf("%s: %v %v", data, r, err)
		}
	}
}
