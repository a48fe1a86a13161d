package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	_ "image/gif" // what comes back is decoded
	_ "image/jpeg"
	_ "image/png"
	"net/http"
	"slices"
	"strings"

	"github.com/dispatchframework/dispatch-events-aws/examples/demo/pipeline"
)

// post is a post on the stand-in for X.
type post struct{ ID, Text, Alt, Media string }

// check looks at every run and every post, and keeps the page.
func (d *demo) check(ctx context.Context) error {
	posts, err := d.posts(ctx)
	if err != nil {
		return err
	}
	runs, _ := d.function.finished()
	var errs []error
	wanted := 0
	for _, u := range d.uploads {
		errs = append(errs, d.checkRuns(u, runs))
		if u.seen != nil {
			wanted++
			errs = append(errs, d.checkPost(ctx, u, posts))
		}
	}
	if len(posts) != wanted {
		errs = append(errs, fmt.Errorf("%d posts were made, not %d", len(posts), wanted))
	}
	for _, r := range runs {
		if !strings.HasPrefix(r.Key, watched) {
			errs = append(errs, fmt.Errorf("an event of %s came, which is not watched", r.Key))
		}
	}
	if err := errors.Join(errs...); err != nil {
		return err
	}
	d.Print("%d pictures were posted once each by %d runs, what is no picture was refused", wanted, len(runs))
	return d.keepPage(ctx, wanted)
}

// checkRuns wants one post from a picture, and an error that gives the reason from anything else.
func (d *demo) checkRuns(u upload, runs []run) error {
	posted, failed := 0, 0
	for _, r := range runs {
		switch {
		case r.Key != u.key:
		case r.Posted != "":
			posted++
		case strings.HasPrefix(r.Failed, "InputError: s3://"+d.bucket()+"/"+u.key+" is no picture"):
			failed++
		case r.Failed != "":
			return fmt.Errorf("%s: %s", u.key, r.Failed)
		}
	}
	if u.seen != nil && posted != 1 || u.seen == nil && failed != d.eventsEach() {
		return fmt.Errorf("%s was posted %d times and refused %d times", u.key, posted, failed)
	}
	return nil
}

// checkPost wants the picture as a person sees it, with a watermark where it belongs and unchanged everywhere else.
func (d *demo) checkPost(ctx context.Context, u upload, posts []post) error {
	i := slices.IndexFunc(posts, func(p post) bool { return p.Text == u.text })
	if i < 0 {
		return fmt.Errorf("no post has the text %q, as that of %s should", u.text, u.key)
	}
	if posts[i].Alt != u.alt {
		return fmt.Errorf("%s has the alt text %q, not %q", u.key, posts[i].Alt, u.alt)
	}
	data, err := d.media(ctx, posts[i])
	if err != nil {
		return err
	}
	after, _, err := image.Decode(bytes.NewReader(data))
	if err == nil {
		err = compare(u, after)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", u.key, err)
	}
	return nil
}

// posts asks the stand-in for X what it has.
func (d *demo) posts(ctx context.Context) (posts []post, err error) {
	data, err := fetch(ctx, d.x+"/stand-in/posts")
	if err != nil {
		return nil, err
	}
	return posts, json.Unmarshal(data, &posts)
}

// media is the picture of a post.
func (d *demo) media(ctx context.Context, p post) ([]byte, error) {
	return fetch(ctx, d.x+"/stand-in/media/"+p.Media)
}

func fetch(ctx context.Context, url string) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		return nil, fmt.Errorf("get %s: %w", url, err)
	}
	return pipeline.Fetch(request)
}

// compare looks at every pixel. A format that loses something may lose much at an edge, but little on average; and JPEG
// spreads what is next to the watermark over its blocks, so a margin is left out. That the watermark is the right one
// is tested where it is drawn.
func compare(u upload, after image.Image) error {
	size := u.seen.Bounds().Size()
	if after.Bounds().Size() != size {
		return fmt.Errorf("it is %v, not %v", after.Bounds().Size(), size)
	}
	mark := markBox(size)
	margin := mark.Inset(-16)
	outside, inside, sum := 0, 0, 0
	for y := range size.Y {
		for x := range size.X {
			distance := distance(u.seen, after, x, y)
			switch p := image.Pt(x, y); {
			case p.In(mark):
				inside = max(inside, distance)
			case !p.In(margin):
				outside = max(outside, distance)
				sum += distance
			}
		}
	}
	if average := float64(sum) / float64(size.X*size.Y); outside > u.tolerance || average > 2 {
		return fmt.Errorf("outside the watermark a pixel differs by %d, and all of them by %.1f", outside, average)
	}
	if inside < 60 {
		return fmt.Errorf("there is no watermark: inside it no pixel differs by more than %d", inside)
	}
	return nil
}

// distance is the largest difference of any colour of a pixel.
func distance(one, other image.Image, x, y int) int {
	r1, g1, b1, a1 := one.At(x, y).RGBA()
	r2, g2, b2, a2 := other.At(x, y).RGBA()
	largest := 0
	for _, pair := range [][2]uint32{{r1, r2}, {g1, g2}, {b1, b2}, {a1, a2}} {
		difference := int(pair[0]>>8) - int(pair[1]>>8)
		largest = max(largest, difference, -difference)
	}
	return largest
}

// markBox is where the watermark belongs: a quarter of the shorter side, in the lower right corner, a little away from
// it.
func markBox(size image.Point) image.Rectangle {
	side, gap := min(size.X, size.Y)/4, min(size.X, size.Y)/32
	return image.Rect(size.X-gap-side, size.Y-gap-side, size.X-gap, size.Y-gap)
}
