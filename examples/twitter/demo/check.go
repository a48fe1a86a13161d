package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"net/http"
	"slices"
	"strings"
)

// post is a post on the stand-in for X.
type post struct{ ID, Text, Alt, Media string }

// posts asks the stand-in for X what it has.
func (d *demo) posts(ctx context.Context) (posts []post, err error) {
	_, data, err := request(ctx, http.MethodGet, d.x+"/stand-in/posts", nil)
	if err != nil {
		return nil, err
	}
	return posts, json.Unmarshal(data, &posts)
}

// media is the picture of a post.
func (d *demo) media(ctx context.Context, p post) ([]byte, error) {
	_, data, err := request(ctx, http.MethodGet, d.x+"/stand-in/media/"+p.Media, nil)
	return data, err
}

// check wants one post of each picture, and an error that gives the reason for what is none.
func (d *demo) check(ctx context.Context) error {
	posts, err := d.posts(ctx)
	if err != nil {
		return err
	}
	wanted := 0
	for _, p := range pictures {
		if !p.isNone {
			wanted++
			err = errors.Join(err, d.checkPost(ctx, p, posts))
		}
	}
	if len(posts) != wanted {
		err = errors.Join(err, fmt.Errorf("%d posts were made, not %d", len(posts), wanted))
	}
	refused := 0
	for _, r := range d.runs {
		if r.Failed != "" {
			refused++
		}
		if r.Failed != "" && !strings.Contains(r.Failed, "InputError: s3://"+d.bucket+"/"+noPicture+" is no picture") {
			err = errors.Join(err, errors.New(r.Failed))
		}
	}
	if refused != eventsEach {
		err = errors.Join(err, fmt.Errorf("what is no picture was refused %d times", refused))
	}
	if err == nil {
		d.Say("%d pictures were posted once each by %d runs, what is no picture was refused", wanted, len(d.runs))
	}
	return err
}

// checkPost wants the picture as a person sees it, with its text and a watermark.
func (d *demo) checkPost(ctx context.Context, p picture, posts []post) error {
	i := slices.IndexFunc(posts, func(made post) bool { return made.Text == p.text && made.Alt == p.alt })
	if i < 0 {
		return fmt.Errorf("%s: no post has the text %q and the alt text %q", p.key, p.text, p.alt)
	}
	before, err := p.seen()
	if err != nil {
		return err
	}
	data, err := d.media(ctx, posts[i])
	if err != nil {
		return err
	}
	after, _, err := image.Decode(bytes.NewReader(data))
	if err == nil {
		err = compare(before, after)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", p.key, err)
	}
	return nil
}

// compare wants a watermark in the lower right corner, and elsewhere no difference but what a format loses. How the
// watermark looks is tested where it is drawn.
func compare(before, after image.Image) error {
	size := before.Bounds().Size()
	if after.Bounds().Size() != size {
		return fmt.Errorf("it is %v, not %v", after.Bounds().Size(), size)
	}
	side, gap := min(size.X, size.Y)/4, min(size.X, size.Y)/32
	mark := image.Rect(size.X-gap-side, size.Y-gap-side, size.X-gap, size.Y-gap)
	inside, outside := 0, 0 // how many pixels differ
	for y := range size.Y {
		for x := range size.X {
			switch {
			case isAlike(before, after, x, y):
			case image.Pt(x, y).In(mark):
				inside++
			default:
				outside++
			}
		}
	}
	if outside > size.X*size.Y/100 {
		return fmt.Errorf("outside the watermark %d pixels differ, more than one in a hundred", outside)
	}
	if inside < side*side/10 {
		return fmt.Errorf("there is no watermark: where it belongs, only %d pixels differ", inside)
	}
	return nil
}

// isAlike reports whether a pixel of two pictures looks alike. JPEG and a GIF's palette change most pixels a little.
func isAlike(one, other image.Image, x, y int) bool {
	const largest = 16 << 8
	r1, g1, b1, a1 := one.At(x, y).RGBA()
	r2, g2, b2, a2 := other.At(x, y).RGBA()
	for _, pair := range [][2]uint32{{r1, r2}, {g1, g2}, {b1, b2}, {a1, a2}} {
		if max(pair[0], pair[1])-min(pair[0], pair[1]) > largest {
			return false
		}
	}
	return true
}
