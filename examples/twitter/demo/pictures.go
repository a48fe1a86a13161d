package main

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/color/palette"
	"image/draw"
	"image/gif"
	"image/jpeg"
	"image/png"
	"math"
	"mime"
)

// upload is an object that is put into the bucket, and the picture that a person sees in it.
type upload struct {
	key, text, alt string
	data           []byte
	seen           image.Image // nothing: it is no picture, and none is posted
	tolerance      int         // of a pixel, for what the format loses
}

// metadata is what the function reads. What is not ASCII travels encoded as in mail (RFC 2047).
func (u upload) metadata() map[string]string {
	all := map[string]string{}
	for name, value := range map[string]string{"text": u.text, "alt": u.alt} {
		if value != "" {
			all[name] = mime.BEncoding.Encode("utf-8", value)
		}
	}
	return all
}

func uploads() ([]upload, error) {
	const width, height = 1280, 1024
	sunset, phone := scene(width, height, 0.62), scene(height, width, 0.5)
	all := []upload{
		{
			key: watched + "sunset over the sea.png", text: "The sun sets. Grüße vom Meer!", alt: "A low sun over a dark sea",
			seen: sunset, tolerance: 2,
		},
		{key: watched + "cut+out 50%.png", text: "Cut out, and still see-through", seen: cutOut(sunset), tolerance: 2},
		{key: watched + "from a phone.jpg", text: "Held upright, stored lying", seen: phone, tolerance: 64},
		{key: watched + "sunrise.gif", text: "It moves", alt: "The sun comes up", seen: frame(0), tolerance: 64},
		{key: watched + "no picture.png", data: []byte("Only its name says that it is one.")},
	}
	var errs [4]error
	all[0].data, errs[0] = encodePNG(all[0].seen)
	all[1].data, errs[1] = encodePNG(all[1].seen)
	all[2].data, errs[2] = encodeLying(all[2].seen)
	all[3].data, errs[3] = encodeGIF(12)
	if err := errors.Join(errs[:]...); err != nil {
		return nil, fmt.Errorf("draw a picture: %w", err)
	}
	return all, nil
}

// scene is a sky above a sea, with the sun at a part of the height.
func scene(width, height int, sun float64) *image.NRGBA {
	m := image.NewNRGBA(image.Rect(0, 0, width, height))
	unit := float64(min(width, height))
	for y := range height {
		for x := range width {
			aside := (float64(x) - 0.4*float64(width)) / unit
			m.SetNRGBA(x, y, shade(aside, float64(y)/float64(height), float64(height)/unit, sun))
		}
	}
	return m
}

// shade is the colour of a point: so far beside the sun, so far down, in a picture of such a height, the sun so far
// down.
func shade(aside, down, height, sun float64) color.NRGBA {
	const horizon = 0.68
	if down > horizon {
		depth := (down - horizon) / (1 - horizon)
		glitter := 40 * math.Exp(-30*aside*aside) * (1 - depth)
		return color.NRGBA{R: uint8(30 + glitter), G: uint8(60 - 20*depth + glitter), B: uint8(110 - 50*depth), A: 255}
	}
	far := math.Hypot(aside, (down-sun)*height)
	glow := math.Exp(-5 * far)
	disc := 1 / (1 + math.Exp((far-0.09)*120))
	up := 1 - down/horizon
	return color.NRGBA{
		R: uint8(min(255, 225-90*up+25*glow+disc*60)),
		G: uint8(min(255, 130-20*up+60*glow+disc*90)),
		B: uint8(min(255, 90+90*up+10*disc)),
		A: 255,
	}
}

// cutOut lets a picture fade to nothing on its right.
func cutOut(m *image.NRGBA) *image.NRGBA {
	out := image.NewNRGBA(m.Rect)
	draw.Draw(out, out.Rect, m, image.Point{}, draw.Src)
	for y := range m.Rect.Dy() {
		for x := range m.Rect.Dx() {
			c := out.NRGBAAt(x, y)
			c.A = uint8(255 - 255*x/m.Rect.Dx())
			out.SetNRGBA(x, y, c)
		}
	}
	return out
}

func encodePNG(m image.Image) ([]byte, error) {
	var b bytes.Buffer
	err := png.Encode(&b, m)
	return b.Bytes(), err
}

// encodeLying is a photo as a phone that is held upright stores it: turned, with a note of how to turn it back.
func encodeLying(upright image.Image) ([]byte, error) {
	width, height := upright.Bounds().Dy(), upright.Bounds().Dx()
	lying := image.NewNRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			lying.Set(x, y, upright.At(height-1-y, x))
		}
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, lying, &jpeg.Options{Quality: 95}); err != nil {
		return nil, err
	}
	// One entry of EXIF: tag 0x0112, one short, 6: turn it clockwise.
	exif := "Exif\x00\x00MM\x00*\x00\x00\x00\x08\x00\x01\x01\x12\x00\x03\x00\x00\x00\x01\x00\x06\x00\x00\x00\x00\x00\x00"
	file := append([]byte{0xff, 0xd8, 0xff, 0xe1}, binary.BigEndian.AppendUint16(nil, uint16(len(exif)+2))...)
	return append(append(file, exif...), b.Bytes()[2:]...), nil
}

// frame is one picture of the animation.
func frame(number int) *image.Paletted {
	const width, height = 320, 240
	m := image.NewPaletted(image.Rect(0, 0, width, height), palette.Plan9)
	draw.FloydSteinberg.Draw(m, m.Rect, scene(width, height, 0.8-0.05*float64(number)), image.Point{})
	return m
}

func encodeGIF(frames int) ([]byte, error) {
	var g gif.GIF
	for number := range frames {
		g.Image, g.Delay = append(g.Image, frame(number)), append(g.Delay, 12)
	}
	var b bytes.Buffer
	err := gif.EncodeAll(&b, &g)
	return b.Bytes(), err
}
