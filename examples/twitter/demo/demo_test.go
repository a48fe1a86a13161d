package main

import (
	"bytes"
	"image"
	"image/color"
	"image/jpeg"
	"strings"
	"testing"
)

func TestCompareFindsWhatIsNotAsItHasToBe(t *testing.T) {
	t.Chdir("../../..")
	seen := scene(640, 512, 0.6)
	u := upload{seen: seen, exact: true, tolerance: 2}
	right, err := stamp(seen, markBox(seen.Bounds().Size()))
	if err != nil {
		t.Fatal(err)
	}
	if err := compare(u, right); err != nil {
		t.Errorf("the right one: %v", err)
	}
	spot := image.NewRGBA64(right.Bounds())
	copy(spot.Pix, right.(*image.RGBA64).Pix)
	spot.Set(3, 3, color.White)
	moved, err := stamp(seen, markBox(seen.Bounds().Size()).Sub(image.Pt(4, 4)))
	if err != nil {
		t.Fatal(err)
	}
	for want, after := range map[string]image.Image{
		"no watermark":             seen,
		"outside the watermark":    spot,
		"it is (512,640), not":     scene(512, 640, 0.6),
		"a pixel differs":          moved,
		"and all of them by":       scene(640, 512, 0.3),
		"the watermark differs by": shifted(t, seen),
	} {
		if err := compare(u, after); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
	}
}

// shifted has a watermark that is a little to the right within its box.
func shifted(t *testing.T, seen image.Image) image.Image {
	t.Helper()
	box := markBox(seen.Bounds().Size())
	out, err := stamp(seen, image.Rect(box.Min.X+3, box.Min.Y, box.Max.X, box.Max.Y))
	if err != nil {
		t.Fatal(err)
	}
	return out
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
