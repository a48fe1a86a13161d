package main

import (
	"bytes"
	"fmt"
	"image"
	_ "image/gif" // what is put, and what comes back, is decoded
	_ "image/jpeg"
	_ "image/png"
	"mime"
	"os"
)

// picture is an object that is put into the bucket.
type picture struct {
	file, key, text, alt string
	isLying              bool // stored turned, as a phone does, with a note in its EXIF data of how to turn it back
	isNone               bool // it is no picture, and must not be posted
}

const noPicture = watched + "no picture.png"

var pictures = []picture{
	{
		file: "sunset.png",
		key:  watched + "sunset over the sea.png",
		text: "The sun sets. Grüße vom Meer!",
		alt:  "A low sun over a dark sea",
	},
	{file: "cutout.png", key: watched + "cut+out 50%.png", text: "Cut out, and still see-through"},
	{file: "phone.jpg", key: watched + "from a phone.jpg", text: "Held upright, stored lying", isLying: true},
	{file: "sunrise.gif", key: watched + "sunrise.gif", text: "It moves", alt: "The sun comes up"},
	{file: "none.png", key: noPicture, isNone: true},
}

func (p picture) read() ([]byte, error) {
	data, err := os.ReadFile(twitterFolder + "demo/pictures/" + p.file)
	if err != nil {
		return nil, fmt.Errorf("read a picture: %w", err)
	}
	return data, nil
}

// metadata is what the function reads. What is not ASCII travels encoded as in mail (RFC 2047).
func (p picture) metadata() map[string]string {
	all := map[string]string{}
	for name, value := range map[string]string{"text": p.text, "alt": p.alt} {
		if value != "" {
			all[name] = mime.BEncoding.Encode("utf-8", value)
		}
	}
	return all
}

// seen is the picture as a person sees it; of one that moves, the first frame.
func (p picture) seen() (image.Image, error) {
	data, err := p.read()
	if err != nil {
		return nil, err
	}
	stored, _, err := image.Decode(bytes.NewReader(data))
	if err != nil || !p.isLying {
		return stored, err
	}
	size := stored.Bounds().Size()
	upright := image.NewNRGBA(image.Rect(0, 0, size.Y, size.X))
	for y := range size.Y {
		for x := range size.X {
			upright.Set(size.Y-1-y, x, stored.At(x, y))
		}
	}
	return upright, nil
}
