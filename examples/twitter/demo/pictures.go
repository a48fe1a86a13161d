package main

import (
	"fmt"
	"image"
	"mime"
	"os"
)

// picture is an object that is put into the bucket.
type picture struct {
	file, key, text, alt string
	size                 image.Point // when displayed; zero for an object that is not a picture and must not be posted
}

const noPicture = watched + "no picture.png"

var pictures = []picture{
	{
		file: "sunset.png",
		key:  watched + "sunset over the sea.png",
		text: "The sun sets. Grüße vom Meer!",
		alt:  "A low sun over a dark sea",
		size: image.Pt(640, 512),
	},
	{
		file: "cutout.png",
		key:  watched + "cut+out 50%.png",
		text: "Cut out, and still see-through",
		size: image.Pt(480, 384),
	},
	{
		file: "phone.jpg", // stored rotated, as by a phone; its EXIF data say how to rotate it back
		key:  watched + "from a phone.jpg",
		text: "Held upright, stored lying",
		size: image.Pt(512, 640),
	},
	{
		file: "sunrise.gif",
		key:  watched + "sunrise.gif",
		text: "It moves",
		alt:  "The sun comes up",
		size: image.Pt(240, 180),
	},
	{file: "none.png", key: noPicture},
}

func (p picture) isPicture() bool { return p.size != image.Point{} }

func (p picture) read() ([]byte, error) {
	data, err := os.ReadFile(twitterFolder + "demo/pictures/" + p.file)
	if err != nil {
		return nil, fmt.Errorf("read a picture: %w", err)
	}
	return data, nil
}

// metadata returns the object's metadata, which the function reads. Text that is not ASCII is encoded as in mail (RFC
// 2047).
func (p picture) metadata() map[string]string {
	all := map[string]string{}
	for name, value := range map[string]string{"text": p.text, "alt": p.alt} {
		if value != "" {
			all[name] = mime.BEncoding.Encode("utf-8", value)
		}
	}
	return all
}
