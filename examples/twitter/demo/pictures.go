package main

import (
	"image"
	"mime"
	"os"
)

// picture is an object that is put into the bucket.
type picture struct {
	file, key, text, alt string
	size                 image.Point // when displayed
}

const noPicture = watched + "no picture.png"

// pictures must be posted.
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
}

// others must not be posted: one is outside the watched folder, and one is not a picture.
var others = []picture{
	{file: "sunset.png", key: "letters/sunset.png"},
	{file: "none.png", key: noPicture},
}

func (p picture) read() ([]byte, error) {
	return os.ReadFile(twitterFolder + "demo/pictures/" + p.file)
}

// metadata returns the object's metadata, which the function reads. Text that is not ASCII is encoded as in mail (RFC
// 2047).
func (p picture) metadata() map[string]string {
	return map[string]string{
		"text": mime.BEncoding.Encode("utf-8", p.text),
		"alt":  mime.BEncoding.Encode("utf-8", p.alt),
	}
}
