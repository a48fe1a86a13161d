package main

import (
	"bytes"
	"fmt"
	"image"
	_ "image/gif" // what is posted is decoded
	_ "image/jpeg"
	_ "image/png"
	"os"
	"slices"
	"strings"
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

// check expects one post for each picture, none for the second event of each, and for the object that is not a picture
// errors that say so.
func (d *demo) check() error {
	if len(d.posts) != len(pictures) {
		return fmt.Errorf("there are %d posts, not %d", len(d.posts), len(pictures))
	}
	for _, p := range pictures {
		if err := checkPost(p, d.posts); err != nil {
			return err
		}
	}
	answers := strings.Join(d.runs, "\n")
	for answer, want := range map[string]int{
		"POSTED":  len(pictures),
		"SKIPPED": len(pictures),
		"FAILED   InputError: s3://" + d.bucket + "/" + noPicture + " is not a picture": eventsEach,
	} {
		if n := strings.Count(answers, answer); n != want {
			return fmt.Errorf("%d runs were %s, not %d", n, answer, want)
		}
	}
	return nil
}

// checkPost expects a post with the picture's text, whose image has the size of the displayed picture and differs from
// it because of the watermark. Other tests check how the watermark looks.
func checkPost(p picture, posts []post) error {
	i := slices.IndexFunc(posts, func(made post) bool { return made.Text == p.text && made.Alt == p.alt })
	if i < 0 {
		return fmt.Errorf("%s: no post has the text %q and the alt text %q", p.key, p.text, p.alt)
	}
	before, err := p.read()
	if err != nil {
		return err
	}
	posted, _, err := image.DecodeConfig(bytes.NewReader(posts[i].Picture))
	if err != nil {
		return fmt.Errorf("%s: %w", p.key, err)
	}
	if size := image.Pt(posted.Width, posted.Height); size != p.size {
		return fmt.Errorf("%s: its size is %v, not %v", p.key, size, p.size)
	}
	if bytes.Equal(before, posts[i].Picture) {
		return fmt.Errorf("%s: it has no watermark", p.key)
	}
	return nil
}
